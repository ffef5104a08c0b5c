"""Checksum: that of zlib, made, sent and checked."""
import zlib

from cocotb.triggers import RisingEdge

from hw.link.serial_crc import SerialCrc

from ..block_bench import BlockBench
from .ports import Ports, block_test


def component() -> SerialCrc:
    return SerialCrc()


def bits(data: bytes) -> list[int]:
    return [byte >> i & 1 for byte in data for i in range(8)]


class Serial:
    """Clears, and shifts bits with pauses between them."""

    def __init__(self, bench: BlockBench, ports: Ports):
        self.bench, self.ports = bench, ports
        for name in ("clear", "shift", "bit", "emit"):
            ports.write(name, 0)

    async def cycle(self, **inputs) -> None:
        for name, value in inputs.items():
            self.ports.write(name, value)
        await RisingEdge(self.bench.dut.clk)
        for name in inputs:
            self.ports.write(name, 0)

    async def shift(self, levels, emit: int = 0) -> None:
        for level in levels:
            while self.bench.random.random() < 0.3:
                await self.cycle(bit=self.bench.random.getrandbits(1))
            await self.cycle(shift=1, bit=level, emit=emit)


@block_test()
async def checksums_are_those_of_zlib(dut):
    bench = await BlockBench.start(dut, component)
    with Ports(bench) as ports:
        serial = Serial(bench, ports)
        for length in (0, 1, 4, 50):
            data = bench.random.randbytes(length)
            checksum = zlib.crc32(data).to_bytes(4, "little")
            await serial.cycle(clear=1)
            await serial.shift(bits(data))
            for byte in checksum:
                await RisingEdge(dut.clk)
                assert ports.read("head") == byte
                # What is on the line meanwhile is the checksum itself.
                await serial.shift(bits(bytes([byte])), emit=1)
            await RisingEdge(dut.clk)
            assert not ports.read("mismatch")


@block_test()
async def every_wrong_bit_is_noticed(dut):
    bench = await BlockBench.start(dut, component)
    data = bench.random.randbytes(3)
    frame = bits(data + zlib.crc32(data).to_bytes(4, "little"))
    with Ports(bench) as ports:
        serial = Serial(bench, ports)
        for wrong in range(len(frame)):
            await serial.cycle(clear=1)
            sent = [level ^ (k == wrong) for k, level in enumerate(frame)]
            await serial.shift(sent[:8 * len(data)])
            await serial.shift(sent[8 * len(data):], emit=1)
            await RisingEdge(dut.clk)
            assert ports.read("mismatch"), wrong
