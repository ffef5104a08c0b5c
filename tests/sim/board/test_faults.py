"""Faults of a cable."""
import random

import pytest

from sim.board.faults import Faults, FaultyPort

DATA = bytes(range(40))


def arrives(kind, seed, chunks=(DATA,)):
    faults = Faults(1.0, seed)
    faults._kinds = (getattr(faults, kind),)
    return [faults(chunk) for chunk in chunks]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind, holds", [
    ("_drop", lambda got: len(got) == 39 and set(got) < set(DATA)),
    ("_cut", lambda got: len(got) < 40 and DATA.startswith(got)),
    ("_repeat_byte", lambda got: len(got) == 41 and sorted(set(got)) == list(DATA)),
    ("_repeat", lambda got: got == DATA + DATA),
    ("_damage", lambda got: len(set(enumerate(got)) ^ set(enumerate(DATA))) == 2),
    ("_invent", lambda got: 41 <= len(got) <= 48),
    ("_swap", lambda got: sorted(got) == list(DATA)),
])
def test_each_kind_does_what_it_says(kind, holds, seed):
    (got,) = arrives(kind, seed)
    assert holds(got)


def test_delayed_chunk_comes_with_the_next():
    assert arrives("_delay", 1, [b"late", b"", b"x"]) == [b"", b"late", b""]


def test_cleared_delay_never_comes():
    faults = Faults(1.0, 1)
    faults._kinds = (faults._delay,)
    assert faults(b"late") == b""
    faults.clear()
    faults.rate = 0.0
    assert faults(b"x") == b"x"


def test_good_cable_changes_nothing():
    faults = Faults(0.0, 1)
    assert all(faults(DATA) == DATA for _ in range(100))


def test_seed_decides():
    first, second, third = ([Faults(0.5, seed)(DATA) for _ in range(5)] for seed in (1, 1, 2))
    assert first == second != third


def test_rate_is_that_of_chunks():
    faults = Faults(0.1, 3)
    changed = sum(faults(DATA) != DATA for _ in range(2000))
    assert 150 < changed < 450  # a delayed chunk changes two


def test_nothing_arrives_through_a_pulled_cable():
    class Wire:
        name, byte_time = "wire", 1e-6
        written = b""

        def write(self, data):
            self.written += data

        def read(self, timeout):
            return b"answer"

    wire = Wire()
    up, down = Faults(0.0, 1), Faults(0.0, 1)
    port = FaultyPort(wire, up, down)
    port.write(b"1")
    up.unplugged = True
    port.write(b"2")
    assert wire.written == b"1" and port.read(1) == b"answer"
    down.unplugged = True
    assert port.read(1) == b""


def test_every_kind_occurs():
    numbers = random.Random(1)
    faults = Faults(1.0, numbers.getrandbits(32))
    seen = set()
    faults._kinds = tuple(
        lambda data, kind=kind: seen.add(kind.__name__) or kind(data) for kind in faults._kinds)
    for _ in range(200):
        faults(DATA)
    assert len(seen) == 8
