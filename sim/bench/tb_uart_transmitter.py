"""UART transmitter: every bit on the line for exactly its time, and told to the checksum."""
import cocotb
from cocotb.triggers import RisingEdge

from hw.link.uart_transmitter import UartTransmitter

from ..block_bench import BlockBench
from .memories import Recorder
from .ports import Ports, block_test


def component(divisor: int) -> UartTransmitter:
    return UartTransmitter(divisor)


@block_test()
@cocotb.parametrize(stall=[0.0, 0.9])
async def bits_have_their_time(dut, stall):
    bench = await BlockBench.start(dut, component)
    divisor = bench.parameters["divisor"]
    data = [0, 255, 0x55, *bench.random.randbytes(20)]
    levels = []

    async def watch(ports):
        while True:
            await RisingEdge(dut.clk)
            levels.append(ports.read("tx"))

    with Ports(bench) as ports:
        ports.start(watch(ports))
        told = Recorder(ports, "shifted", "bit")
        await bench.driver("i", stall).send(data)
        while not dut.i__ready.value or len(told.seen) < 8 * len(data):
            await RisingEdge(dut.clk)
    assert [seen["bit"] for _, seen in told.seen] == [
        byte >> i & 1 for byte in data for i in range(8)]

    k, pauses = 0, []
    for byte in data:
        start = levels.index(0, k)
        pauses.append(start - k)
        for bit, level in enumerate((0, *(byte >> i & 1 for i in range(8)), 1)):
            span = levels[start + bit * divisor:start + (bit + 1) * divisor]
            assert span == [level] * divisor
        k = start + 10 * divisor
    assert all(levels[k:])
    if not stall:
        assert pauses[1:] == [1] * (len(data) - 1)
