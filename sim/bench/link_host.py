"""A host at the pins of a board, for benches: bits, bytes, frames, requests."""
import struct

import cocotb
from cocotb.triggers import Event, FallingEdge, First, Timer

from hw.link.uart import uart_divisor
from hw.system.config import SystemConfig
from sw.contract.link import REPLY, Kind
from sw.host.frames import Frame, FrameParser, encode

from ..block_bench import BlockBench

__all__ = ["LinkHost"]

_CLOCK_NS = 10


class LinkHost:
    """Sends requests to ``rx`` and finds replies on ``tx``.

    Parameters
    ----------
    rate
        Its bits are so many times as fast as the board's.

    Members
    -------
    bit : float
        Length of a bit in ns.
    sequence : int
        Of the last request.
    received : list of int
        Bytes that the board sent.
    frames : list of Frame
        The right frames among them.
    """

    def __init__(self, bench: BlockBench, config: SystemConfig, rate: float = 1.0):
        self.dut, self.random, self.config = bench.dut, bench.random, config
        self.bit = uart_divisor(config.clock, config.baud) * _CLOCK_NS / rate
        self.sequence = 0
        self.received: list[int] = []
        self.frames: list[Frame] = []
        self._parser = FrameParser(1023)
        self._arrived = Event()
        self.dut.rx.value = 1
        cocotb.start_soon(self._listen())

    async def bits(self, levels) -> None:
        """Drive the line, a bit time each."""
        for level in levels:
            self.dut.rx.value = level
            await Timer(self.bit, "ns", round_mode="round")

    async def send(self, data: bytes, pause: float = 0) -> None:
        """Send bytes, with pauses of so many bit times between them."""
        for byte in data:
            await self.bits([0, *(byte >> i & 1 for i in range(8)), 1])
            if pause:
                await self.wait(pause)

    async def wait(self, bits: float) -> None:
        """Let bit times pass."""
        await Timer(bits * self.bit, "ns", round_mode="round")

    async def answer(self, bits: float = 9000) -> Frame | None:
        """The next frame, or none within so many bit times."""
        if not self.frames:
            self._arrived.clear()
            await First(self._arrived.wait(), Timer(bits * self.bit, "ns", round_mode="round"))
        return self.frames.pop(0) if self.frames else None

    async def ask(self, kind: int, payload: bytes = b"", *, repeat: bool = False) -> bytes:
        """Send a request, the next one or the same again, and return the reply's payload."""
        if not repeat:
            self.sequence = (self.sequence + 1) % 256
        await self.send(encode(Frame(kind, self.sequence, payload)))
        frame = await self.answer()
        assert frame is not None, f"no answer to kind {kind}"
        assert (frame.kind, frame.sequence) == (kind | REPLY, self.sequence)
        return frame.payload

    async def hello(self, sequence: int | None = None) -> tuple:
        """(protocol, fresh, limit, identity bytes)."""
        self.sequence = self.random.randrange(256) if sequence is None else sequence
        nonce = self.random.randbytes(4)
        reply = await self.ask(Kind.HELLO, nonce, repeat=True)
        assert reply[:5] == b"\0" + nonce
        return struct.unpack("<BBHH", reply[5:])

    async def write(self, address: int, data: bytes) -> int:
        """Returns the status."""
        reply = await self.ask(Kind.WRITE, struct.pack("<I", address) + data)
        assert len(reply) == 1
        return reply[0]

    async def read(self, address: int, length: int) -> tuple[int, bytes]:
        """Status and data."""
        reply = await self.ask(Kind.READ, struct.pack("<IH", address, length))
        return reply[0], reply[1:]

    async def run(self, number: int, program: int, log: int) -> int:
        """Returns the status."""
        reply = await self.ask(Kind.RUN, struct.pack("<III", number, program, log))
        assert len(reply) == 1
        return reply[0]

    async def status(self) -> tuple:
        """(flags, run, log words, cycles, dropped)."""
        reply = await self.ask(Kind.STATUS)
        assert reply[0] == 0
        return struct.unpack("<BIIIH", reply[1:])

    async def _listen(self):
        tx = self.dut.tx
        while True:
            await FallingEdge(tx)
            await self.wait(0.5)
            assert not tx.value, "a start bit was too short"
            byte = 0
            for i in range(8):
                await self.wait(1)
                byte |= int(tx.value) << i
            await self.wait(1)
            assert tx.value, "no stop bit"
            self.received.append(byte)
            self.frames += self._parser.feed(bytes([byte]))
            if self.frames:
                self._arrived.set()
