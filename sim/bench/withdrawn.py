"""A producer that breaks the rule of streams, to check that the monitor notices."""
import cocotb
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import Out

from ..block_bench import BlockBench


class Withdrawn(wiring.Component):
    """Offers a running counter, taken or not.

    Timing: a new payload every cycle; with ``hold``, as streams demand, only after a transfer.

    Members
    -------
    o : :py:`Out(stream.Signature(8))`
    """

    o: Out(stream.Signature(8))

    def __init__(self, hold: bool):
        self.hold = hold
        super().__init__()

    def elaborate(self, platform):
        m = Module()

        m.d.comb += self.o.valid.eq(1)
        with m.If(self.o.ready | (not self.hold)):
            m.d.sync += self.o.payload.eq(self.o.payload + 1)

        return m


def component(hold: bool) -> Withdrawn:
    return Withdrawn(hold)


@cocotb.test()
async def payloads_arrive(dut):
    bench = await BlockBench.start(dut, component)
    monitor = bench.monitor("o", stall=0.5)
    payloads = await monitor.receive(20)
    assert payloads == [(payloads[0] + i) % 256 for i in range(20)]


@cocotb.test()
async def never_ends(dut):
    bench = await BlockBench.start(dut, component)
    await bench.monitor("o").receive(1 << 30)
