"""The SDRAM controller reads what was written, and a controller with a wrong count is caught."""
import dataclasses
import random
from collections import deque

import pytest
from amaranth.sim import Simulator

from hw.config import CoreConfig
from hw.memory import sdram as module
from hw.memory.sdram import Sdram
from hw.memory.sdram_layouts import Command
from hw.memory.sdram_part import SDR_32MIB
from sim.block_bench import run_block
from sim.runner import SimulationFailure
from sim.sdram_chip import SdramChip, SdramViolation

CLOCK = 80_000_000
CORE = CoreConfig(memory_bits=32)
# Everything that takes long happens often, so that a short simulation sees it.
PART = dataclasses.replace(SDR_32MIB, timing=dataclasses.replace(
    SDR_32MIB.timing, startup=500, refi=1500))


@pytest.mark.parametrize("config", [
    pytest.param({"memory_bits": 32, "clock": 80_000_000}, id="2-beats-80-MHz"),
    pytest.param({"memory_bits": 16, "clock": 133_000_000, "pad_delay": 1}, id="1-beat-133-MHz"),
    pytest.param({"memory_bits": 64, "clock": 25_000_000, "pad_delay": 0}, id="4-beats-25-MHz"),
])
def test_sdram(config):
    run_block("sim.bench.tb_sdram", config)


def test_a_violation_ends_the_simulation_with_a_sentence():
    with pytest.raises(SimulationFailure) as caught:
        run_block("sim.bench.tb_sdram",
                  {"memory_bits": 32, "clock": 80_000_000, "built_for": 50_000_000},
                  test="startup")
    assert "SDRAM: startup violated in cycle 10002: PRECHARGE" in "".join(caught.value.__notes__)


class Traffic:
    """Random requests and writes to a few rows of two banks, always something to do; the words
    that come back are compared with what was written. Cells are written before they are read."""

    ADDRESSES = tuple(1024 * place + 4 * k for place in (0, 1, 4, 5) for k in (0, 1, 254))

    def __init__(self, sdram):
        self.port, self.random = sdram.port, random.Random(1)
        self.memory = {}
        self.expected = deque()
        self.to_write = deque(self.ADDRESSES)
        self.write = self.request = None
        self.compared = 0

    def offer(self, ctx):
        """Set the inputs of the coming cycle."""
        if self.write is None and (self.to_write or self.random.random() < 0.3):
            address = (self.to_write.popleft() if self.to_write else
                       self.random.choice(self.ADDRESSES))
            self.write = {"address": address, "data": self.random.getrandbits(32)}
        if self.request is None and not self.to_write and self.random.random() < 0.7:
            self.request = {"address": self.random.choice(self.ADDRESSES), "length": 1}
        for name in ("write", "request"):
            stream, payload = getattr(self.port, name), getattr(self, name)
            ctx.set(stream.valid, payload is not None)
            if payload is not None:
                ctx.set(stream.payload, payload)
        ctx.set(self.port.response.ready, 1)

    def watch(self, ctx):
        """See what the cycle that ends now does."""
        if self.write and ctx.get(self.port.write.ready):
            self.memory[self.write["address"]] = self.write["data"]
            self.write = None
        if self.request and ctx.get(self.port.request.ready):
            self.expected.append(self.memory[self.request["address"]])
            self.request = None
        if ctx.get(self.port.response.valid):
            assert ctx.get(self.port.response.payload) == self.expected.popleft()
            self.compared += 1


def simulate(sdram, clock=CLOCK, cycles=3000, pad_delay=2):
    """Words compared in a simulation of the controller on a chip with the true limits."""
    pins, chip, traffic = sdram.pins, SdramChip(PART, clock), Traffic(sdram)
    late = deque([0] * (pad_delay + 1))

    async def bench(ctx):
        for _ in range(cycles):
            traffic.offer(ctx)
            ctx.set(pins.dq_i, late[0])
            traffic.watch(ctx)
            code = ctx.get(pins.ras) | ctx.get(pins.cas) << 1 | ctx.get(pins.we) << 2
            driven = chip.step(Command(code), ctx.get(pins.ba), ctx.get(pins.a),
                               write=ctx.get(pins.dq_o) if ctx.get(pins.dq_oe) else None)
            await ctx.tick()
            late.append(driven or 0)
            late.popleft()

    simulator = Simulator(sdram)
    simulator.add_clock(1 / clock)
    simulator.add_testbench(bench)
    simulator.run()
    return traffic.compared


def controller(clock=CLOCK, **changed):
    """A controller whose counts are changed by these amounts."""
    sdram = Sdram(CORE, PART, clock)
    sdram.cycles = dataclasses.replace(sdram.cycles, **{
        name: getattr(sdram.cycles, name) + change for name, change in changed.items()})
    return sdram


def test_a_right_controller_passes():
    assert simulate(controller(), cycles=1500) > 100


@pytest.mark.parametrize("changed, rule", [
    ({"clock": 133_000_000, "rcd": -1}, "tRCD"), ({"ras": -1}, "tRAS"), ({"rp": -1}, "tRP"),
    ({"rfc": -1}, "tRFC"), ({"wr": -1}, "tWR"), ({"refi": 1}, "tREFI"), ({"refi": 10**9}, "tREFI"),
    ({"startup": -4}, "startup"), ({"cas": -1}, "CAS latency")],
    ids=lambda value: str(value) if isinstance(value, dict) else value)
def test_a_count_that_is_off_by_one_is_caught(changed, rule):
    with pytest.raises(SdramViolation, match=f"{rule} violated"):
        simulate(controller(**changed), changed.get("clock", CLOCK))


def test_a_controller_built_for_a_slower_clock_is_caught():
    with pytest.raises(SdramViolation, match="violated"):
        simulate(controller(clock=50_000_000))


def test_a_chip_that_answers_late_is_noticed():
    with pytest.raises(AssertionError, match="assert"):
        simulate(controller(), pad_delay=3)


def test_data_pins_that_turn_too_early_are_caught(monkeypatch):
    schedule = module.SdramSchedule
    monkeypatch.setattr(module, "SdramSchedule", lambda part, cycles, beats: schedule(
        part, dataclasses.replace(cycles, cas=cycles.cas - 1), beats))
    with pytest.raises(SdramViolation, match="data pins violated"):
        simulate(controller())
