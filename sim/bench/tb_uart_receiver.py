"""UART receiver: bytes of hosts that are too fast or too slow, disturbances, missing stop bits."""
import cocotb
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from hw.link.uart_receiver import UartReceiver

from ..block_bench import BlockBench
from .memories import Recorder
from .ports import Ports, block_test

CLOCK_NS = 10


def component(divisor: int) -> UartReceiver:
    return UartReceiver(divisor)


class Line:
    """The host's end of the line."""

    def __init__(self, bench: BlockBench, ports: Ports, rate: float = 1.0):
        self.bench = bench
        self.bit = bench.parameters["divisor"] * CLOCK_NS / rate
        self.done = Recorder(ports, "done", "byte")
        self.broken = Recorder(ports, "broken", "done")
        self.bits = Recorder(ports, "shifted", "bit")

    @classmethod
    async def idle(cls, bench: BlockBench, ports: Ports, rate: float = 1.0) -> "Line":
        """After the line was 1 for the time of a byte: it was 0 before there was a bench."""
        bench.dut.rx.value = 1
        await ClockCycles(bench.dut.clk, 12 * bench.parameters["divisor"])
        return cls(bench, ports, rate)

    async def level(self, level: int, bits: float) -> None:
        self.bench.dut.rx.value = level
        await Timer(bits * self.bit, "ns", round_mode="round")

    async def send(self, data: bytes, stop: int = 1) -> None:
        for byte in data:
            for level in (0, *(byte >> i & 1 for i in range(8)), stop):
                await self.level(level, 1)

    @property
    def received(self) -> bytes:
        return bytes(seen["byte"] for _, seen in self.done.seen)


@block_test()
@cocotb.parametrize(rate=[0.98, 1.0, 1.02])
async def bytes_arrive(dut, rate):
    bench = await BlockBench.start(dut, component)
    data = bytes([0, 255, 0x55, 0xAA, 0x5A]) + bench.random.randbytes(60)
    with Ports(bench) as ports:
        line = await Line.idle(bench, ports, rate)
        # Somewhere within a clock cycle.
        await Timer(bench.random.randrange(1, CLOCK_NS), "ns")
        await line.level(1, 2)
        await line.send(data)
        await line.level(1, 1.5)
    assert line.received == data
    assert [seen["bit"] for _, seen in line.bits.seen] == [
        byte >> i & 1 for byte in data for i in range(8)]
    assert not line.broken.seen


@block_test()
async def damage_is_noticed(dut):
    bench = await BlockBench.start(dut, component)
    with Ports(bench) as ports:
        line = await Line.idle(bench, ports)
        await line.level(1, 2)
        # A start bit that is over before its middle.
        await line.level(0, 0.25)
        await line.level(1, 2)
        await line.send(b"\x12")
        # No stop bit, and the line stays at 0: nothing begins until it was 1.
        await line.send(b"\x34", stop=0)
        await line.level(0, 30)
        await line.level(1, 1)
        await line.send(b"\x56\x78")
        await line.level(1, 1.5)
    assert line.received == b"\x12\x56\x78"
    assert [seen["done"] for _, seen in line.broken.seen] == [0]
    await RisingEdge(dut.clk)
