"""Settings of PLLs: exact, legal, and refused where there is none."""
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.boards import BOARDS, ecp5, find_board, gowin, ice40, xilinx
from hw.boards.pll import Setting
from sw.contract.errors import SpikeplaneError

FAMILIES = {"iCE40": ice40.PLL, "ECP5": ecp5.PLL, "GW2A": gowin.PLL, "7 series": xilinx.PLL}


@pytest.mark.parametrize("name", BOARDS)
def test_boards_run_at_their_clock(name):
    board = find_board(name)
    assert board.setting.clock == board.clock


@pytest.mark.parametrize("family, source, clock, want", [
    # As icepll and gowin_pll compute them.
    ("iCE40", 12_000_000, 18_000_000, Setting(12_000_000, 1, 48, 32)),
    ("iCE40", 12_000_000, 24_000_000, Setting(12_000_000, 1, 64, 32)),
    ("GW2A", 27_000_000, 54_000_000, Setting(27_000_000, 1, 2 * 16, 16)),
    # Highest detector frequency, then highest VCO frequency.
    ("ECP5", 25_000_000, 75_000_000, Setting(25_000_000, 1, 30, 10)),
    ("ECP5", 25_000_000, 80_000_000, Setting(25_000_000, 1, 32, 10)),
    ("7 series", 100_000_000, 80_000_000, Setting(100_000_000, 1, 16, 20)),
])
def test_known_settings(family, source, clock, want):
    assert FAMILIES[family].solve(source, clock) == want


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=25, deadline=None)
@given(source=st.sampled_from([12, 25, 27, 48, 100]), clock=st.integers(16, 200))
def test_settings_are_legal_and_exact(family, source, clock):
    pll = FAMILIES[family]
    try:
        found = pll.solve(source * 1_000_000, clock * 1_000_000)
    except SpikeplaneError:
        return
    assert found.clock == clock * 1_000_000
    for value, (low, high) in ((found.detector, pll.detector), (found.vco, pll.vco),
                               (found.clock, pll.clock)):
        assert low <= value <= high
    assert found.divide in pll.divides and found.output in pll.outputs
    behind = found.output if pll.behind_output else 1
    assert found.multiply % behind == 0 and found.multiply // behind in pll.multiplies


@pytest.mark.parametrize("family, source, clock, near", [
    ("iCE40", 12_000_000, 19_000_000, "18.75 MHz and 19.125 MHz"),
    ("iCE40", 12_000_000, 1_000_000, "16.125 MHz"),
    ("GW2A", 27_000_000, 50_000_000, "49.5 MHz and 50.1429 MHz"),
])
def test_what_it_cannot_make_is_refused_with_the_nearest(family, source, clock, near):
    pll = FAMILIES[family]
    with pytest.raises(SpikeplaneError) as error:
        pll.solve(source, clock)
    assert str(error.value) == (f"{pll.name} cannot make {clock / 1e6:g} MHz of "
                                f"{source / 1e6:g} MHz; the nearest it can: {near}")


def test_frequency_below():
    assert ice40.PLL.below(12_000_000, 18_700_000) == 18_375_000
    assert ice40.PLL.below(12_000_000, 15_000_000) is None


def test_frequencies_of_a_setting():
    setting = Setting(27_000_000, 2, 32, 16)
    assert (setting.detector, setting.vco, setting.clock) == (
        13_500_000, 432_000_000, Fraction(27_000_000))
