"""The phase of the part's clock keeps every inequality, by the widest margin there is."""
import pytest

from hw.memory.sdram_part import SDR_32MIB
from hw.memory.sdram_phase import ECP5_PADS, PadTiming, clock_phase
from sw.contract.errors import SpikeplaneError

TIMING = SDR_32MIB.timing


def margins(phase, clock, pads):
    """Nanoseconds to spare: the part's setup and hold, the pads' setup and hold."""
    period = 1e9 / clock
    edge = phase.degrees / 360 * period        # of the part's clock, after that of its pads
    taken = (phase.pad_delay - 1) * period     # after CAS latency, by the pads
    valid = (edge - period + pads.out_max + TIMING.ac, edge + pads.out_min + TIMING.oh)
    return (edge - pads.skew - TIMING.setup, period - edge - pads.skew - TIMING.hold,
            taken - valid[0] - pads.setup, valid[1] - taken - pads.hold)


@pytest.mark.parametrize("megahertz", [20, 50, 75, 80, 100, 120])
def test_every_margin_is_positive(megahertz):
    clock = megahertz * 1_000_000
    assert min(margins(clock_phase(TIMING, clock, ECP5_PADS), clock, ECP5_PADS)) > 0


@pytest.mark.parametrize("megahertz, degrees, pad_delay", [(50, 99, 1), (80, 280, 2)])
def test_known_phases(megahertz, degrees, pad_delay):
    phase = clock_phase(TIMING, megahertz * 1_000_000, ECP5_PADS)
    assert (phase.degrees, phase.pad_delay) == (degrees, pad_delay)
    assert phase.low < phase.degrees < phase.high


def test_impossible_clock_is_refused():
    with pytest.raises(SpikeplaneError) as caught:
        clock_phase(TIMING, 133_000_000, PadTiming(out_min=1, out_max=6, skew=1, setup=2, hold=1))
    assert str(caught.value) == (
        "SDRAM: at 133 MHz no phase of its clock suits commands and data, 4 ns are missing; "
        "lower the clock of the board")
