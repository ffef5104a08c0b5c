"""Whole networks on whole cores: bit-exact at every layer, cycles as predicted."""
import pytest

from sim.core_bench import ExternalMemory
from sim.matrix import CASES, CORES, extra_cases, run_case

# Small and quick cases, to be run with random stalls on every stream as well.
STALLED = [CASES[k] for k in (1, 4, 7, 12, 16, 22)]


def check(run):
    assert run.comparison.differences == 0, str(run.comparison.first)
    assert run.comparison.spikes > 0


@pytest.mark.parametrize("case", CASES, ids=str)
def test_random_network_is_exact(case):
    run = run_case(case, jobs=1)
    check(run)
    for layer, counters in run.counters.items():
        assert abs(counters.predicted - counters.cycles) <= 0.02 * counters.cycles, (
            f"{layer}: predicted {counters.predicted}, simulated {counters.cycles} cycles")


@pytest.mark.parametrize("case", STALLED, ids=str)
def test_random_stalls_change_nothing(case):
    check(run_case(case, ExternalMemory(latency=20, jitter=30, interval=2, stall=0.3), jobs=1))


def test_cases_cover_every_axis():
    def values(function):
        return {function(case) for case in CASES}

    assert len(CASES) >= 24
    assert values(lambda c: c.model.stem) == {"scs", "sps"}
    assert values(lambda c: c.model.steps) >= {1, 2, 4}
    # Lane modes of a four-lane core: steps x images.
    assert values(lambda c: c.model.steps if CORES[c.core].lanes == 4 else 0) >= {1, 2, 4}
    assert values(lambda c: c.model.weight_bits) == {2, 4, 8}
    assert values(lambda c: c.model.depth) == {1, 2, 3}
    assert values(lambda c: c.model.heads) >= {1, 8}
    assert values(lambda c: c.model.dim) >= {48, 80, 96}
    assert values(lambda c: c.model.residual) == {"add", "iand"}
    assert values(lambda c: c.model.image[0]) == {1, 2, 3}
    assert values(lambda c: c.model.frames) == {False, True}
    sides = values(lambda c: c.model.image[1]) | values(lambda c: c.model.image[2])
    assert min(sides) == 8 and max(sides) == 40
    assert any(c.model.image[1] != c.model.image[2] for c in CASES)
    shapes = values(lambda c: (CORES[c.core].word_channels, CORES[c.core].pass_channels))
    assert len(shapes) >= 4
    assert {min(shapes), max(shapes)} == {(4, 1), (32, 32)}
    assert values(lambda c: c.memory) == {"fast", "usual", "slow"}


def test_extra_cases_are_reproducible():
    first, again = (extra_cases(7, 5) for _ in range(2))
    assert first == again
    assert first != extra_cases(8, 5)
