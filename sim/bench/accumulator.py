"""The worked example of a block bench: a component, its model, and two tests of five lines."""
import cocotb
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..block_bench import BlockBench


class Accumulator(wiring.Component):
    """Sums the values of a packet.

    Timing: one value per cycle; the sum is offered in the cycle after the last value. ``i`` stalls
    only while an untaken sum would be overwritten.

    Members
    -------
    i : :py:`In(stream.Signature(StructLayout({"value": signed(width), "last": 1})))`
    o : :py:`Out(stream.Signature(signed(width + 8)))`
        Exact for packets of up to 256 values.
    """

    def __init__(self, width: int):
        super().__init__({
            "i": In(stream.Signature(data.StructLayout({"value": signed(width), "last": 1}))),
            "o": Out(stream.Signature(signed(width + 8))),
        })

    def elaborate(self, platform):
        m = Module()

        total = Signal.like(self.o.payload)
        m.d.comb += self.i.ready.eq(~self.i.p.last | ~self.o.valid | self.o.ready)

        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += total.eq(total + self.i.p.value)
            with m.If(self.i.p.last):
                m.d.sync += [total.eq(0), self.o.p.eq(total + self.i.p.value), self.o.valid.eq(1)]

        return m


def component(width: int, stall_i: float, stall_o: float) -> Accumulator:
    """The stalls are parameters of the tests alone."""
    return Accumulator(width)


def packets(bench: BlockBench, count: int) -> list[list[int]]:
    """Random packets, after one of all-minimum and one of all-maximum values."""
    low = -(1 << bench.parameters["width"] - 1)
    return [[low] * 256, [-low - 1] * 256] + [
        [bench.random.randint(low, -low - 1) for _ in range(bench.random.randint(1, 9))]
        for _ in range(count)]


async def exchange(bench: BlockBench, packets: list[list[int]]):
    """Send the packets with the bench's stalls; the monitor after the last sum."""
    driver = bench.driver("i", bench.parameters["stall_i"])
    sums = bench.monitor("o", bench.parameters["stall_o"])
    cocotb.start_soon(driver.send(
        {"value": value, "last": i == len(packet) - 1}
        for packet in packets for i, value in enumerate(packet)))
    await sums.receive(len(packets))
    return sums


@cocotb.test()
async def sums_match(dut):
    bench = await BlockBench.start(dut, component)
    sent = packets(bench, 50)
    sums = await exchange(bench, sent)
    assert sums.payloads == [sum(packet) for packet in sent]


@cocotb.test()
async def single_values_flow_every_cycle(dut):
    bench = await BlockBench.start(dut, component)
    if bench.parameters["stall_i"] or bench.parameters["stall_o"]:
        return  # throughput is promised without stalls only
    sums = await exchange(bench, [packet[:1] for packet in packets(bench, 38)])
    assert sums.cycles == list(range(sums.cycles[0], sums.cycles[0] + 40))
