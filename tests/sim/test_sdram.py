"""The SDRAM model keeps what is written, and knows every limit of the data sheet to the cycle."""
import dataclasses
import random
import re

import pytest

from hw.memory.sdram_layouts import ALL_BANKS, Command
from hw.memory.sdram_part import SDR_32MIB
from sim.sdram_chip import SdramChip, SdramViolation

CLOCK = 100_000_000  # 10 ns
PART = dataclasses.replace(SDR_32MIB, timing=dataclasses.replace(SDR_32MIB.timing, startup=100))
ACTIVATE, READ, WRITE = Command.ACTIVATE, Command.READ, Command.WRITE
PRECHARGE, REFRESH, MODE = Command.PRECHARGE, Command.REFRESH, Command.MODE
BURST = 2

STARTUP = [(11, PRECHARGE, 0, ALL_BANKS), *[(7, REFRESH, 0, 0)] * 8, (7, MODE, 0, 0x21)]
"""Commands as (cycles since the one before, command, bank, address); CAS latency 2, burst 2."""


def part(**timing):
    return dataclasses.replace(PART, timing=dataclasses.replace(PART.timing, **timing))


def play(chip, commands, after=0):
    """Give commands, with ``after`` idle cycles at the end."""
    drive = 0
    for wait, command, bank, address in commands:
        for _ in range(wait - 1):
            chip.step(write=0 if drive > 0 else None)
            drive -= 1
        drive = BURST if command is WRITE else drive
        chip.step(command, bank, address, write=0 if drive > 0 else None)
        drive -= 1
    for _ in range(after):
        chip.step(write=0 if drive > 0 else None)
        drive -= 1


def ready(**timing):
    chip = SdramChip(part(**timing), CLOCK)
    play(chip, STARTUP)
    return chip


OPEN = (2, ACTIVATE, 1, 5)

# Rule, bank, commands after startup: the last one is just in time.
LIMITS = {
    "tRCD of a read": ("tRCD", 1, [OPEN, (3, READ, 1, 0)], {}),
    "tRCD of a write": ("tRCD", 1, [OPEN, (3, WRITE, 1, 0)], {}),
    "tRAS": ("tRAS", 1, [OPEN, (5, PRECHARGE, 1, 0)], {}),
    "tRAS of all banks": ("tRAS", 1, [OPEN, (5, PRECHARGE, 0, ALL_BANKS)], {}),
    "tRP": ("tRP", 1, [OPEN, (5, PRECHARGE, 1, 0), (3, ACTIVATE, 1, 6)], {}),
    "tRP before REFRESH": ("tRP", 1, [OPEN, (5, PRECHARGE, 1, 0), (3, REFRESH, 0, 0)], {}),
    "tRC": ("tRC", 1, [OPEN, (5, PRECHARGE, 1, 0), (5, ACTIVATE, 1, 6)], {"rc": 100}),
    "tRRD": ("tRRD", 2, [OPEN, (2, ACTIVATE, 2, 6)], {}),
    "tWR": ("tWR", 1, [OPEN, (3, WRITE, 1, 0), (3, PRECHARGE, 1, 0)], {"ras": 20}),
    "tRFC": ("tRFC", None, [(2, REFRESH, 0, 0), (7, ACTIVATE, 1, 5)], {}),
    "tMRD": ("tMRD", None, [OPEN], {}),
    "a read that ends a read": ("burst", 1, [OPEN, (3, READ, 1, 0), (2, READ, 1, 4)], {}),
    "a read that ends a write": ("burst", 1, [OPEN, (3, WRITE, 1, 0), (2, READ, 1, 4)], {}),
    "a precharge that ends a read": (
        "burst", 1, [OPEN, (3, READ, 1, 0), (2, PRECHARGE, 1, 0)], {"ras": 20}),
    # The part drives from the second to the third cycle and has released in the fifth.
    "data pins": ("data pins", 1, [OPEN, (3, READ, 1, 0), (5, WRITE, 1, 0)], {}),
}


@pytest.mark.parametrize("rule, bank, commands, timing", LIMITS.values(), ids=LIMITS)
def test_limit_is_exact(rule, bank, commands, timing):
    play(ready(**timing), commands, after=8)
    wait, *last = commands[-1]
    with pytest.raises(SdramViolation, match=rule) as caught:
        play(ready(**timing), [*commands[:-1], (wait - 1, *last)], after=8)
    cycle = sum(step[0] for step in STARTUP + commands) - 1
    where = f"cycle {cycle - 1}" + (f", bank {bank}:" if bank is not None else ":")
    assert where in str(caught.value), caught.value


@pytest.mark.parametrize("wait", [1, 2, 3, 4])
def test_data_pins_belong_to_one_side(wait):
    with pytest.raises(SdramViolation, match="data pins" if wait > 1 else "burst"):
        play(ready(), [OPEN, (3, READ, 1, 0), (wait, WRITE, 1, 0)], after=4)


def test_refresh_is_due_in_time():
    chip = ready()
    play(chip, [(2, REFRESH, 0, 0)], after=781)  # of 781.25 cycles
    chip = ready()
    play(chip, [(2, REFRESH, 0, 0), (781, REFRESH, 0, 0)])
    chip = ready()
    with pytest.raises(SdramViolation, match=r"tREFI violated in cycle .*no REFRESH 782 cycles"):
        play(chip, [(2, REFRESH, 0, 0)], after=782)


def test_row_is_not_open_for_too_long():
    commands = [OPEN, (100, PRECHARGE, 1, 0)]
    play(ready(ras_max=1000), commands)
    with pytest.raises(SdramViolation, match=r"tRAS.*at most 990 ns"):
        play(ready(ras_max=990), commands)


REFUSED = {
    "ACTIVATE of an open bank": [OPEN, (9, ACTIVATE, 1, 5)],
    "READ of a closed bank": [(2, READ, 1, 0)],
    "WRITE of a closed bank": [OPEN, (5, WRITE, 2, 0)],
    "REFRESH while a row is open": [OPEN, (9, REFRESH, 0, 0)],
    "MODE while a row is open": [OPEN, (9, MODE, 0, 0x21)],
    "ACTIVATE of a row that is not there": [(2, ACTIVATE, 0, 8192)],
    "READ of a column that is not there": [OPEN, (3, READ, 1, 512)],
    "auto-precharge": [OPEN, (3, READ, 1, ALL_BANKS)],
    "a mode that is not modelled": [(2, MODE, 0, 0x29)],
    "must be 2 or 3": [(2, MODE, 0, 0x11)],
}


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(what):
    with pytest.raises(SdramViolation, match=what):
        play(ready(), REFUSED[what])


BAD_STARTUPS = {
    "too early": ("startup .*must be at least 100 ns", [(10, *STARTUP[0][1:])]),
    "no precharge": ("REFRESH where PRECHARGE of all banks", [(11, REFRESH, 0, 0)]),
    "one bank": ("where PRECHARGE of all banks", [(11, PRECHARGE, 0, 0)]),
    "7 refreshes": ("MODE after 7 REFRESH", [*STARTUP[:8], STARTUP[-1]]),
    "no mode": ("ACTIVATE before MODE", [*STARTUP[:9], (7, ACTIVATE, 0, 0)]),
    "tRFC": ("tRFC", [*STARTUP[:2], (6, REFRESH, 0, 0)]),
    "tRP": ("tRP", [STARTUP[0], (2, REFRESH, 0, 0)]),
}


@pytest.mark.parametrize("reason, commands", BAD_STARTUPS.values(), ids=BAD_STARTUPS)
def test_startup_is_checked(reason, commands):
    with pytest.raises(SdramViolation, match=reason):
        play(SdramChip(PART, CLOCK), commands)


def test_latency_suits_the_clock():
    with pytest.raises(SdramViolation, match=r"CAS latency violated.*2 at a clock of 133000000 Hz"):
        play(SdramChip(part(rfc=20, rp=10), 133_000_000), [(20, *STARTUP[0][1:]), *STARTUP[1:]])


def test_clock_enable_stays_high():
    chip = ready()
    chip.step()
    with pytest.raises(SdramViolation, match="CKE"):
        chip.step(enabled=False)


def test_words_need_a_driver_and_no_mask():
    chip = ready()
    play(chip, [OPEN], after=2)
    with pytest.raises(SdramViolation, match="nobody drives"):
        chip.step(WRITE, 1, 0)
    chip = ready()
    play(chip, [OPEN], after=2)
    with pytest.raises(SdramViolation, match="masks"):
        chip.step(READ, 1, 0, mask=1)


@pytest.mark.parametrize("latency", [2, 3])
@pytest.mark.parametrize("burst", [1, 2, 4, 8])
def test_reads_what_was_written(latency, burst):
    """Columns of a burst wrap within their block; words come at the latency, and not before."""
    generator = random.Random(burst)
    chip = SdramChip(part(refi=100_000), CLOCK)
    play(chip, [*STARTUP[:-1], (7, MODE, 0, latency << 4 | burst.bit_length() - 1)])
    play(chip, [(2, ACTIVATE, bank, 9) for bank in range(4)], after=2)
    memory = {}
    for _ in range(20):
        bank, column = generator.randrange(4), generator.randrange(512)
        for beat in range(burst):
            place = bank, column // burst * burst + (column + beat) % burst
            memory[place] = generator.getrandbits(16)
            chip.step(*((WRITE, bank, column) if beat == 0 else ()), write=memory[place])
    for (bank, column), word in memory.items():
        seen = [chip.step(READ, bank, column)]
        seen += [chip.step() for _ in range(latency + burst)]
        want = [memory.get((bank, column // burst * burst + (column + beat) % burst))
                for beat in range(burst)]
        assert want[0] == word
        assert seen == [None] * (latency - 1) + want + [None] * 2


def test_memory_holds_noise_before_it_is_written():
    chip = ready()
    play(chip, [OPEN, (3, READ, 1, 0)])
    first = [chip.step(), chip.step()]
    play(chip, [(2, READ, 1, 2)])
    assert None not in first and first != [chip.step(), chip.step()] and first != [0, 0]


def test_sentence_names_rule_cycle_and_bank():
    with pytest.raises(SdramViolation) as caught:
        play(ready(), [OPEN, (2, READ, 1, 0)])
    assert re.fullmatch(r"SDRAM: tRCD violated in cycle \d+, bank 1: READ 2 cycles \(20 ns\) after "
                        r"ACTIVATE, must be at least 21 ns\.", str(caught.value))
