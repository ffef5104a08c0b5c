"""Frames as bytes, and what of a damaged stream is found again."""
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sw.host.frames import Frame, FrameParser, encode

FRAME = Frame(4, 200, b"\x5a\x00spikes")

frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40))


def test_bytes_are_those_of_the_protocol():
    data = encode(FRAME)
    assert data[:5] == bytes([0x5A, 4, 200, 8, 0])
    assert data[5:13] == FRAME.payload
    assert data[13:] == zlib.crc32(data[1:13]).to_bytes(4, "little")


@given(st.lists(frames, max_size=5), st.integers(1, 20))
def test_frames_come_back_from_chunks_of_any_size(sent, size):
    data = b"".join(map(encode, sent))
    parser = FrameParser(64)
    got = [frame for at in range(0, len(data), size) for frame in parser.feed(data[at:at + size])]
    assert got == sent


@given(st.binary(max_size=30).filter(lambda noise: 0x5A not in noise), frames)
def test_noise_before_a_frame_is_passed_over(noise, frame):
    assert FrameParser(64).feed(noise + encode(frame)) == [frame]


@given(frames, st.data())
def test_damage_is_noticed(frame, data):
    sent = bytearray(encode(frame))
    at = data.draw(st.integers(0, len(sent) - 1))
    sent[at] ^= 1 << data.draw(st.integers(0, 7))
    assert FrameParser(64).feed(bytes(sent)) == []


@pytest.mark.parametrize("damaged", [
    pytest.param(b"\x5a\x01\x02\x20\x00", id="claims-what-follows"),
    pytest.param(b"\x5a\x01\x02\xff\xff", id="claims-more-than-there-can-be"),
    pytest.param(b"\x5a", id="lone-sync"),
    pytest.param(encode(FRAME)[:-1], id="cut"),
    pytest.param(encode(FRAME)[:6] + encode(FRAME)[7:], id="byte-lost"),
])
def test_frame_behind_a_damaged_one_is_found(damaged):
    parser = FrameParser(64)
    assert parser.feed(damaged + encode(FRAME) + bytes(80)) == [FRAME]


def test_longest_frame_is_found_and_a_longer_one_is_not():
    parser = FrameParser(8)
    assert parser.feed(encode(FRAME)) == [FRAME]
    assert parser.feed(encode(Frame(4, 200, bytes(9)))) == []


def test_cleared_frame_does_not_go_on():
    parser = FrameParser(64)
    data = encode(FRAME)
    parser.feed(data[:7])
    parser.clear()
    assert parser.feed(data[7:]) == []
    assert parser.feed(data) == [FRAME]
