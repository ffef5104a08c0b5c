"""What a board says about itself, and what of it is refused."""
import json

import pytest

from sw.host.errors import LinkError
from sw.host.identity import Identity

SOUND = {"board": "b", "version": "1", "revision": "r", "clock": 10, "memory_bytes": 64,
         "core": {"lanes": 4, "word_channels": 8, "memory_bits": 16}, "core_digest": "d"}


def test_words_follow_from_the_core():
    identity = Identity.parse(json.dumps(SOUND).encode())
    assert identity.kit == "1 r"
    assert identity.board == "b" and identity.memory_word == 2 and identity.spike_word == 4


def test_later_versions_may_say_more():
    assert Identity.parse(json.dumps(SOUND | {"more": 1}).encode()).clock == 10


@pytest.mark.parametrize("change, message", [
    ({"clock": "fast"}, "field 'clock' must be an integer, not 'fast'"),
    ({"clock": 0}, "clock must be positive, not 0"),
    ({"memory_bytes": -1}, "memory_bytes must be positive, not -1"),
    ({"core": {"lanes": 4, "word_channels": 8}}, "field 'memory_bits' is missing"),
    ({"core": {"lanes": 0, "word_channels": 8, "memory_bits": 8}}, "core field lanes must be posi"),
])
def test_unsound_identity_is_refused(change, message):
    with pytest.raises(LinkError, match=f"^identity of the board: {message}.*; flash a bitstream"):
        Identity.parse(json.dumps(SOUND | change).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b'{"board": "a"}'])
def test_what_is_no_identity_is_refused(text):
    with pytest.raises(LinkError, match=r"^identity of the board: .*; flash a bitstream"):
        Identity.parse(text)
