"""Limits in nanoseconds become counts of cycles, none too small and none larger than needed."""
import dataclasses

import pytest

from hw.memory.sdram_part import SDR_32MIB, SdramCycles, SdramPart, SdramTiming
from sw.contract.errors import SpikeplaneError

TIMING = SDR_32MIB.timing


def test_capacity():
    assert SDR_32MIB.bytes == 32 << 20


@pytest.mark.parametrize("memory_bits, beats", [(16, 1), (32, 2), (64, 4)])
def test_beats(memory_bits, beats):
    assert SDR_32MIB.beats(memory_bits) == beats


@pytest.mark.parametrize("clock, cycles", [
    (80_000_000, SdramCycles(rcd=2, ras=4, rp=2, rfc=6, mrd=2, wr=2, refi=625, startup=16000,
                             cas=2)),
    (100_000_000, SdramCycles(rcd=3, ras=5, rp=3, rfc=7, mrd=2, wr=2, refi=781, startup=20000,
                              cas=2)),
    (133_000_000, SdramCycles(rcd=3, ras=7, rp=3, rfc=10, mrd=2, wr=2, refi=1039, startup=26600,
                              cas=3)),
], ids=["80 MHz", "100 MHz", "133 MHz"])
def test_counts(clock, cycles):
    assert SDR_32MIB.cycles(clock) == cycles


@pytest.mark.parametrize("changed, field, cycles", [
    ({"rrd": 45}, "rcd", 4), ({"rc": 100}, "ras", 6), ({"rcd": 25}, "rcd", 2),
    ({"rcd": 25.1}, "rcd", 3)], ids=["tRRD", "tRC", "exact", "above"])
def test_counts_that_two_limits_share(changed, field, cycles):
    part = dataclasses.replace(SDR_32MIB, timing=dataclasses.replace(TIMING, **changed))
    assert getattr(part.cycles(80_000_000), field) == cycles


@pytest.mark.parametrize("make, message", [
    (lambda: SDR_32MIB.cycles(150_000_000),
     ("SDRAM: a clock of 150 MHz is too fast for the part, which allows 133.333 MHz; lower the "
      "clock of the board")),
    (lambda: SdramPart(columns=500, timing=TIMING),
     "SDRAM part: columns must be one of 256, 512, 1024, not 500"),
    (lambda: SdramTiming(rcd=0, rp=1, ras=1, rc=1, rrd=1, rfc=1, wr=1),
     "SDRAM timing: rcd must be positive, not 0"),
    (lambda: SDR_32MIB.beats(8),
     ("SDRAM: memory_bits must be 1, 2, 4 or 8 times the part's 16 data bits, not 8; choose "
      "another core or part")),
    (lambda: SDR_32MIB.cycles(1_000_000),
     ("SDRAM: a clock of 1 MHz is too slow to refresh the part in time; raise the clock of the "
      "board")),
], ids=["fast", "geometry", "timing", "word", "slow"])
def test_refusals(make, message):
    with pytest.raises(SpikeplaneError) as caught:
        make()
    assert str(caught.value) == message
