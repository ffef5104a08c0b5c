"""SDRAM controller on a part that knows its data sheet: any traffic reads what was written.

Whatever the part forbids ends the simulation; the tests look at words, order and cycles.
"""
from itertools import pairwise
from pathlib import Path

import cocotb
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from cocotb.triggers import ClockCycles, RisingEdge, ValueChange
from cocotb.utils import get_sim_time

from hw.config import CoreConfig
from hw.memory.port import memory_signature
from hw.memory.sdram import Sdram
from hw.memory.sdram_layouts import ALL_BANKS, Command
from hw.memory.sdram_part import SDR_32MIB

from ..block_bench import BlockBench
from ..coverage import Coverage
from ..payload import unpack
from ..sdram import BEHAVIOURAL, SdramModel
from .ports import block_test

__all__ = ["BEHAVIOURAL", "component"]

RECORD = Path(__file__).resolve().parents[2] / "docs" / "decisions" / "0010-sdram.md"
ROW_BYTES = SDR_32MIB.columns * SDR_32MIB.data_bits // 8
COVERAGE = Coverage(stall=(0.0, 0.6))
SITUATIONS = Coverage(crosses=("nothing", "bank", "row"),
                      after=("read", "write", "write of the same cycle"))


class Wired(wiring.Component):
    """Controller and part, with the command pins on show.

    Timing: that of :py:`Sdram`.
    """

    def __init__(self, config: CoreConfig, clock: int, pad_delay: int, built_for: int):
        self.sdram = Sdram(config, SDR_32MIB, built_for, pad_delay=pad_delay)
        self.model = SdramModel(SDR_32MIB, clock, pad_delay=pad_delay)
        super().__init__({"port": In(memory_signature(config)), "code": Out(Command),
                          "bank": Out(2), "address": Out(13), "mask": Out(2)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.sdram, m.submodules.memory = self.sdram, self.model
        wiring.connect(m, wiring.flipped(self.port), self.sdram.port)
        wiring.connect(m, self.sdram.pins, self.model.pins)
        pins = self.sdram.pins
        m.d.comb += [self.code.eq(Cat(pins.ras, pins.cas, pins.we)), self.bank.eq(pins.ba),
                     self.address.eq(pins.a), self.mask.eq(pins.dqm)]
        return m


def component(memory_bits: int, clock: int, pad_delay: int = 2, built_for: int = 0) -> Wired:
    """The controller believes that the clock is ``built_for`` if that is given."""
    return Wired(CoreConfig(memory_bits=memory_bits), clock, pad_delay, built_for or clock)


def cycle_now() -> int:
    """Clock edges since the start of the simulation; each test begins between two full cycles."""
    return int(get_sim_time("ns") // 10)


class Bench:
    """Everything about one test.

    Members
    -------
    commands : list of (cycle, Command, bank, address)
        Given so far; of equal ones in consecutive cycles the first.
    """

    def __init__(self, block: BlockBench):
        self.block, self.dut, self.random = block, block.dut, block.random
        sdram = block.component.sdram
        self.cycles, self.beats = sdram.cycles, sdram.beats
        self.latency = self.cycles.cas + sdram.pad_delay
        self.size = sdram.config.memory_bits // 8
        self.commands: list[tuple] = []
        cocotb.start_soon(self._record())

    @classmethod
    async def start(cls, dut) -> "Bench":
        """Right after reset, with all streams idle."""
        dut.port__request__valid.value = dut.port__write__valid.value = 0
        dut.port__response__ready.value = 0
        return cls(await BlockBench.start(dut, component))

    async def streams(self, stall: float = 0.0):
        """After startup: driver of requests, driver of writes, monitor of responses."""
        await ClockCycles(self.dut.clk, self.cycles.startup + 100)
        return (self.block.driver("port__request", stall), self.block.driver("port__write", stall),
                self.block.monitor("port__response", stall))

    async def _record(self):
        code, bank, address = self.dut.code, self.dut.bank, self.dut.address
        while True:
            await ValueChange(code)
            if int(code.value):
                self.commands.append((cycle_now(), Command(int(code.value)), int(bank.value),
                                      int(address.value)))

    def given(self, code: Command) -> list[int]:
        """Cycles in which a command was given."""
        return [cycle for cycle, given, _, _ in self.commands if given is code]


class Reference:
    """What the answers must be: the requests and writes in the order in which they are accepted,
    in one cycle the write first.

    Members
    -------
    expected : list of int
        Words of all requests accepted so far.
    """

    def __init__(self, bench: Bench):
        self.bench = bench
        self.memory: dict[int, int] = {}
        self.expected: list[int] = []
        cocotb.start_soon(self._watch())

    async def _watch(self):
        dut = self.bench.dut
        shapes = {name: self.bench.block.shape(f"port__{name}__payload")
                  for name in ("request", "write")}
        after = "read"
        while True:
            await RisingEdge(dut.clk)
            taken = {name: unpack(shape, int(getattr(dut, f"port__{name}__payload").value))
                     for name, shape in shapes.items()
                     if getattr(dut, f"port__{name}__valid").value
                     and getattr(dut, f"port__{name}__ready").value}
            if write := taken.get("write"):
                self.memory[write["address"] % SDR_32MIB.bytes] = write["data"]
                after = "write"
            if request := taken.get("request"):
                self._read(request["address"], request["length"],
                           "write of the same cycle" if write else after)
                after = "read"

    def _read(self, address: int, length: int, after: str) -> None:
        size = self.bench.size
        self.expected += [self.memory[(address + k * size) % SDR_32MIB.bytes]
                          for k in range(length)]
        first, last = address // ROW_BYTES, (address + length * size - 1) // ROW_BYTES
        crosses = ("nothing" if first == last else
                   "row" if last % SDR_32MIB.banks == 0 else "bank")
        SITUATIONS.hit(crosses=crosses, after=after)


@block_test()
async def startup_is_that_of_the_data_sheets(dut):
    bench = await Bench.start(dut)
    begin = cycle_now()
    cycles = bench.cycles
    assert dut.mask.value == 3
    await ClockCycles(dut.clk, cycles.startup + 100)
    assert dut.mask.value == 0
    mode = bench.beats.bit_length() - 1 | cycles.cas << 4
    at = bench.commands[0][0]
    # The timer's end, and the register before the pins.
    assert at == begin + cycles.startup + 1
    want = [(at, Command.PRECHARGE, 0, ALL_BANKS)]
    at += cycles.rp
    for _ in range(8):
        want.append((at, Command.REFRESH, 0, 0))
        at += cycles.rfc
    assert bench.commands == [*want, (at, Command.MODE, 0, mode)]


@block_test()
@cocotb.parametrize(stall=[0.0, 0.6])
async def reads_see_the_writes_before(dut, stall):
    """Around ends of rows and of the memory, and in rows that share a bank."""
    bench = await Bench.start(dut)
    random, size = bench.random, bench.size
    requests, writes, answers = await bench.streams(stall)
    reference = Reference(bench)
    reach = 24
    places = [ROW_BYTES, 4 * ROW_BYTES, 37 * ROW_BYTES, 5001 * ROW_BYTES, SDR_32MIB.bytes]
    windows = [[place + k * size for k in range(-reach, reach)] for place in places]

    def write(address):
        return {"address": address % (1 << 32), "data": random.getrandbits(8 * size)}

    def read(window):
        first = random.randrange(len(window))
        length = min(random.choice((1, 1, 2, 16, 40)), len(window) - first)
        return {"address": window[first], "length": length}

    await writes.send([write(address) for window in windows for address in window])
    for window in windows:
        for first in (0, reach - 4):
            # Both at once.
            sending = cocotb.start_soon(writes.send([write(window[first + 2])]))
            await requests.send([{"address": window[first], "length": 8}])
            await sending
            await ClockCycles(dut.clk, 60)
    sending = cocotb.start_soon(writes.send([write(random.choice(random.choice(windows)))
                                             for _ in range(300)]))
    await requests.send([read(random.choice(windows)) for _ in range(300)])
    await sending
    await ClockCycles(dut.clk, 2)
    assert await answers.receive(len(reference.expected)) == reference.expected
    await ClockCycles(dut.clk, 100)
    assert len(answers.payloads) == len(reference.expected)
    COVERAGE.hit(stall=stall)


@block_test()
async def a_stream_uses_the_bus(dut):
    """Requests of 16 words: the only gaps are refreshes, and with one beat per word new rows."""
    bench = await Bench.start(dut)
    requests, _, answers = await bench.streams()
    count, beats, cycles = 8192 // bench.beats, bench.beats, bench.cycles
    cocotb.start_soon(requests.send([{"address": 0x12340 + 16 * k * bench.size, "length": 16}
                                     for k in range(count // 16)]))
    await answers.receive(1)
    begin = cycle_now()
    await answers.receive(count)
    refresh = cycles.rp + cycles.rfc + max(cycles.rcd, 2) + 1
    lost = [b - a - beats for a, b in pairwise(answers.cycles)]
    rows = lost.count(1) if beats == 1 else 0
    assert lost.count(0) + lost.count(refresh) + rows == count - 1
    assert rows <= 2 * 8192 / SDR_32MIB.columns
    assert lost.count(refresh) >= 8192 // cycles.refi
    # As late as the timers of the banks allow; the last one may already use the idle time.
    times = [cycle for cycle in bench.given(Command.REFRESH) if cycle > begin]
    assert len(times) - lost.count(refresh) in (0, 1)
    waits = {b - a for a, b in pairwise(times[:lost.count(refresh)])}
    assert waits <= set(range(cycles.refi - max(cycles.ras, beats + cycles.wr), cycles.refi + 1))
    used = count * beats + sum(lost)
    assert count * beats > 0.95 * used
    clock = bench.block.parameters["clock"]
    row = (f"| {8 * bench.size} bits | {clock // 1_000_000} MHz | {cycles.cas} | {count * beats} | "
           f"{used} | {100 * count * beats / used:.1f} % |")
    assert row in RECORD.read_text()
    if clock == 80_000_000:
        assert f"{used:,} cycles" in Sdram.__doc__


@block_test()
async def latency_is_that_of_the_docstring(dut):
    bench = await Bench.start(dut)
    requests, _, answers = await bench.streams()
    refreshes = len(bench.commands)
    while len(bench.commands) == refreshes:
        await RisingEdge(dut.clk)
    await ClockCycles(dut.clk, bench.cycles.rfc + bench.cycles.rp)
    seen = []
    # A closed bank, the open row, another row of its bank, that row.
    for address in (0, 64, 4 * ROW_BYTES, 4 * ROW_BYTES + 64):
        await requests.send([{"address": address, "length": 1}])
        begin = cycle_now()
        await answers.receive(len(seen) + 1)
        seen.append(cycle_now() - begin)
        await ClockCycles(dut.clk, 4)
    is_open = bench.latency + bench.beats + 6
    closed = is_open + max(bench.cycles.rcd, 2)
    assert seen == [closed, is_open, closed + bench.cycles.rp + 1, is_open]


@block_test()
async def writes_of_a_row_open_it_once(dut):
    bench = await Bench.start(dut)
    _, writes, _ = await bench.streams()
    await writes.send([{"address": 64 * bench.size, "data": 0}])
    taken = []
    for k in range(64):
        await writes.send([{"address": k * bench.size, "data": k}])
        taken.append(cycle_now())
    await ClockCycles(dut.clk, 20)
    codes = [code for _, code, _, _ in bench.commands]
    first = codes.index(Command.WRITE)
    assert codes.count(Command.WRITE) == 65
    assert codes[first:].count(Command.ACTIVATE) == codes[first:].count(Command.REFRESH)
    steps = [b - a for a, b in pairwise(taken)]
    assert steps.count(bench.beats + 4) >= 60 - codes[first:].count(Command.REFRESH)


@block_test()
async def refresh_uses_idle_time(dut):
    bench = await Bench.start(dut)
    await bench.streams()
    await ClockCycles(dut.clk, 10 * bench.cycles.refi)
    times = bench.given(Command.REFRESH)[8:]
    half = bench.cycles.refi // 2
    assert len(times) >= 19
    assert {b - a for a, b in pairwise(times)} <= set(range(half - 5, half + 6))


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    SITUATIONS.check()
