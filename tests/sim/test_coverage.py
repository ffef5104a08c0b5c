"""Coverage of modes: what was not exercised fails, and is named."""
import pytest

from sim.coverage import Coverage


def test_every_combination_is_required():
    coverage = Coverage(chain=range(2), drain=("add", "iand"))
    for chain, drain in [(0, "add"), (1, "iand"), (1, "add"), (1, "add")]:
        coverage.hit(chain=chain, drain=drain)
    assert coverage.missing() == [{"chain": 0, "drain": "iand"}]
    assert coverage.counts[1, "add"] == 2
    with pytest.raises(AssertionError, match=r"^1 of 4 modes were not exercised: .*'iand'"):
        coverage.check()
    coverage.hit(drain="iand", chain=0)
    coverage.check()


@pytest.mark.parametrize("values", [{"chain": 5}, {"chain": 0, "drain": "add"}, {}])
def test_unknown_values_are_defects_of_the_bench(values):
    coverage = Coverage(chain=(0, 1), drain=("iand",))
    with pytest.raises(KeyError):
        coverage.hit(**values)
