"""Control: programs run on stub units; order of streams, records, restarts."""
from dataclasses import dataclass, field
from itertools import pairwise

import cocotb
from cocotb.triggers import RisingEdge

from hw.compiler.program import Command, encode
from hw.config import CoreConfig
from hw.core.control import Control
from hw.core.layouts import COMMAND_BITS, Drain, Opcode, command_layout

from ..block_bench import BlockBench
from ..coverage import Coverage
from .external import ExternalMemory
from .memories import Recorder, cycle_now
from .ports import Ports, block_test, random_value

UNITS = ("LOAD", "CONV", "POOL", "ATTEND")
COVERAGE = Coverage(before=UNITS, then=UNITS)
STALLS = Coverage(stall=(0.0, 0.5), latency=((1, 1), (5, 80)))
RARELY_READY = 0.97
EVENTS = {"compute": 1, "stalled": 1, "skipped": 15, "spikes": 8}


def component(**config) -> Control:
    return Control(CoreConfig(**config))


def random_command(bench: BlockBench, unit: str) -> dict:
    streams = unit == "LOAD" or (unit == "CONV" and bench.random.random() < 0.5)
    return random_value(bench.random, command_layout(bench.component.config)) | {
        "opcode": Opcode[unit], "drain": Drain.SPIKES,
        "stream_words": bench.random.randint(1, 99) if streams else 0}


@dataclass
class Program:
    """Commands at a byte address, and what the units saw of them."""
    address: int
    commands: list[dict]
    begins: list[int] = field(default_factory=list)
    dones: list[int] = field(default_factory=list)
    records: list[dict] = field(default_factory=list)

    @classmethod
    def random(cls, bench: BlockBench, address: int, length: int) -> "Program":
        units = [bench.random.choice(UNITS) for _ in range(length)]
        for before, then in pairwise(units):
            COVERAGE.hit(before=before, then=then)
        return cls(address, [random_command(bench, unit) for unit in units])

    def code(self, bench: BlockBench) -> bytes:
        commands = [*self.commands, random_command(bench, "HALT")]
        return b"".join(encode(Command(layer="", fields=fields),
                               bench.component.config) for fields in commands)


class Units:
    """Plays the unit of every command: random events for a while, then done."""

    def __init__(self, bench: BlockBench, ports: Ports, program: Program, started: int):
        self.bench, self.ports, self.program, self.started = bench, ports, program, started

    async def run(self) -> None:
        for index, fields in enumerate(self.program.commands):
            await self.until(lambda: self.ports.read("begin"))
            self.program.begins.append(cycle_now())
            expected = fields | {name: fields[name].value for name in ("opcode", "drain")}
            assert self.ports.read("command") == expected, f"command {index}"
            counts = await self.work()
            self.program.dones.append(cycle_now())
            begin, done = self.program.begins[-1], self.program.dones[-1]
            self.program.records.append({
                "index": index, "opcode": expected["opcode"], "begin": begin - self.started - 1,
                "cycles": done - begin + 1, "compute": counts["compute"],
                "stall": counts["stalled"], "skipped": counts["skipped"],
                "spikes": counts["spikes"]})

    async def work(self) -> dict:
        """Events in every cycle up to that of ``done``, in which this returns."""
        counts = dict.fromkeys(EVENTS, 0)
        duration = self.bench.random.choice((1, 2, 3, 60, 200))
        for cycle in range(duration):
            for name, top in EVENTS.items():
                value = self.bench.random.randint(0, top)
                self.ports.write(name, value)
                counts[name] += value
            self.ports.write("done", int(cycle == duration - 1))
            await RisingEdge(self.bench.dut.clk)
            assert not self.ports.read("begin"), "a command began before the last was done"
        for name in ("done", *EVENTS):
            self.ports.write(name, 0)
        return counts

    async def until(self, condition) -> None:
        while True:
            await RisingEdge(self.bench.dut.clk)
            if condition():
                return


async def nuisance(bench: BlockBench, ports: Ports) -> None:
    """Starts of another program, which a busy core has to ignore."""
    while True:
        ports.write("program", bench.random.randrange(0, 4096, 64))
        busy = ports.read("busy")
        ports.write("start", int(busy and bench.random.random() < 0.2))
        await RisingEdge(bench.dut.clk)


async def start(bench: BlockBench, ports: Ports, program: Program) -> int:
    """Start the program; returns the cycle of the pulse."""
    assert not ports.read("busy")
    ports.write("program", program.address)
    ports.write("start", 1)
    await RisingEdge(bench.dut.clk)
    ports.write("start", 0)
    return cycle_now()


async def execute(bench: BlockBench, programs: list[Program], *, stall=0.0, latency=(1, 1)):
    """Run programs; returns the cycles in which commands were asked for, and came."""
    memory = {}
    for program in programs:
        memory.update(enumerate(program.code(bench), program.address))
    size = bench.component.config.memory_bits // 8

    def word(address):
        return int.from_bytes(bytes(memory[address + k] for k in range(size)), "little")

    with Ports(bench) as ports:
        ExternalMemory(bench, ports, "request", "words", word, latency, stall)
        regions = bench.monitor("regions", stall)
        # Now and then for longer than the next command takes to come.
        records = bench.monitor("records", stall and RARELY_READY)
        requests = Recorder(ports, "request.valid", "request.ready")
        words = Recorder(ports, "words.valid")
        for program in programs:
            units = Units(bench, ports, program, await start(bench, ports, program))
            disturbing = cocotb.start_soon(nuisance(bench, ports))
            await units.run()
            # A pulse in the very cycle in which it comes to rest would be a start.
            disturbing.cancel()
            ports.write("start", 0)
            # HALT lies behind the last command.
            await units.until(lambda: not ports.read("busy"))
    every = [fields for program in programs for fields in program.commands]
    assert regions.payloads == [
        {"address": fields["stream_address"], "words": fields["stream_words"]}
        for fields in every if fields["stream_words"]]
    assert records.payloads == [record for program in programs for record in program.records]
    return requests.cycles, words.cycles


@block_test()
@cocotb.parametrize(stall=[0.0, 0.5], latency=[(1, 1), (5, 80)])
async def programs_match(dut, stall, latency):
    bench = await BlockBench.start(dut, component)
    programs = [Program.random(bench, 0, 25), Program.random(bench, 3200, 10)]
    await execute(bench, programs, stall=stall, latency=latency)
    STALLS.hit(stall=stall, latency=latency)


@block_test()
async def commands_follow_each_other_on_time(dut):
    """Asked for two cycles after the one before is done, begun two after the last word."""
    bench = await BlockBench.start(dut, component)
    program = Program.random(bench, 0, 20)
    requests, words = await execute(bench, [program])
    size = COMMAND_BITS // bench.component.config.memory_bits
    ready = [cycle for cycle in requests if cycle in [done + 2 for done in program.dones]]
    assert ready == [done + 2 for done in program.dones]
    assert program.begins == [word + 2 for word in words[size - 1:-1:size]]


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    STALLS.check()
