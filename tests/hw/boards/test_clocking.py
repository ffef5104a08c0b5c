"""Reset of a board, with a PLL that is made up: 20 us after lock, and whenever the button says."""
from dataclasses import replace

from amaranth import *
from amaranth.lib import io
from amaranth.sim import Simulator

from hw.boards import find_board
from hw.boards.clocking import Clocking

CLOCK = 5_000_000
SETTLED = 100  # cycles of 20 us


class Pins:
    """A platform of two pins."""
    default_clk = "clk100"

    def __init__(self):
        self.pins = {"clk100": io.SimulationPort("i", 1), "rst": io.SimulationPort("i", 1)}

    def request(self, name, number=0, *, dir):
        return self.pins[name]


class Bench(Elaboratable):
    def __init__(self):
        self.lock, self.count, self.platform = Signal(), Signal(16), Pins()

    def elaborate(self, _):
        def pll(setting, source, clock, locked):
            assert setting.clock == CLOCK
            m = Module()
            m.d.comb += [clock.eq(source), locked.eq(self.lock)]
            return m

        board = find_board("ecpix5")
        board = replace(board, clock=CLOCK, family=replace(board.family, clock_generator=pll))
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.clocking = Fragment.get(Clocking(board), self.platform)
        m.d.sync += self.count.eq(self.count + 1)
        return m


def test_reset_ends_when_the_clock_is_stable_and_returns_with_the_button():
    bench = Bench()
    pins = bench.platform.pins
    seen = []

    async def testbench(ctx):
        async def run(cycles):
            for _ in range(cycles):
                ctx.set(pins["clk100"].i, 1)
                await ctx.delay(1e-7)
                ctx.set(pins["clk100"].i, 0)
                await ctx.delay(1e-7)
            return ctx.get(bench.count)

        seen.append(await run(2 * SETTLED))
        ctx.set(bench.lock, 1)
        seen.append(await run(SETTLED))
        seen.append(await run(20) > 0)
        ctx.set(pins["rst"].i, 1)
        seen.append(await run(5))
        ctx.set(pins["rst"].i, 0)
        seen.append(await run(SETTLED))
        seen.append(await run(20) > 0)
        ctx.set(bench.lock, 0)
        seen.append(await run(5))

    simulator = Simulator(bench)
    simulator.add_testbench(testbench)
    simulator.run()
    assert seen == [0, 0, True, 0, 0, True, 0]
