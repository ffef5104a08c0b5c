"""System configurations: what is refused, and what a host is told."""
import dataclasses
import json

import pytest

from hw.config import CoreConfig, core
from hw.link.frame_memory import IDENTITY_BYTES, Place
from hw.system.config import SystemConfig
from sw.contract.errors import SpikeplaneError

CONFIG = SystemConfig(core=core("tiny"), board="bench", clock=24_000_000, baud=1_000_000,
                      memory_bytes=1 << 17, version="1.2.3", revision="0123456789ab-dirty")


@pytest.mark.parametrize("changes, message", [
    ({"clock": 0}, "clock must be a positive integer, not 0"),
    ({"baud": 1e6}, "baud must be a positive integer, not 1000000.0"),
    ({"memory_bytes": 4097}, "memory_bytes must be whole memory words of 2 bytes"),
    ({"memory_bytes": 1 << 31}, "memory_bytes must be whole memory words of 2 bytes, at most"),
    ({"core": CoreConfig(memory_space=16)}, "at most 65536 bytes, not 131072"),
    ({"core": CoreConfig(lanes=1, word_channels=4, pass_channels=4)}, "less than a byte"),
    ({"limit": 16}, "limit must be 32 to 380, not 16"),
    ({"limit": 381}, "limit must be 32 to 380, not 381"),
    ({"gap": 0}, "gap must be above 0 and at most 1, not 0"),
    ({"board": "x" * IDENTITY_BYTES}, "shorten board, version or revision"),
], ids=lambda value: "-".join(value) if isinstance(value, dict) else "")
def test_refuses(changes, message):
    with pytest.raises(SpikeplaneError, match=message):
        dataclasses.replace(CONFIG, **changes)


def test_identity_says_everything():
    assert json.loads(CONFIG.identity) == {
        "board": "bench", "version": "1.2.3", "revision": "0123456789ab-dirty",
        "clock": 24_000_000, "memory_bytes": 1 << 17, "core": core("tiny").to_dict(),
        "core_digest": core("tiny").digest}


def test_places_do_not_overlap():
    # Constants may lie within others, and the byte behind the run is nobody's.
    sizes = {Place.PAYLOAD: Place.KIND, Place.KIND: 1, Place.SEQUENCE: 1, Place.LENGTH: 2,
             Place.HELLO: 6, Place.NUMBERS: 17, Place.SYNC: 1, Place.REPLY_BYTES: 2,
             Place.DROPPED: 2, Place.LINKED: 1, Place.STATUS: 1, Place.RUN: 4 + 1, Place.LAST: 1,
             Place.IDENTITY: IDENTITY_BYTES}
    end = 0
    for place, size in sorted(sizes.items()):
        assert place >= end, place.name
        end = place + size
    assert end == 1024
    assert Place.PAYLOAD % 4 == Place.RUN % 4 == Place.DROPPED % 4 == 0
