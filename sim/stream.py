"""Drivers and monitors of Amaranth streams for cocotb benches.

A stream transfers in every cycle in which ``valid`` and ``ready`` are high at the clock edge. While
``valid`` is high and ``ready`` low, the producer must hold both ``valid`` and the payload.
"""
import random
from collections.abc import Iterable

import cocotb
from cocotb.triggers import Event, RisingEdge

from .payload import pack, unpack

__all__ = ["Stall", "StreamDriver", "StreamMonitor"]


class Stall:
    """Decides, each cycle, whether a side of a stream holds back.

    Parameters
    ----------
    probability
        Of holding back in a cycle; 0 never does.
    seed
        Of its own generator, so that sides do not disturb each other's randomness.
    longest
        Every 16th time it holds back for up to so many cycles at once, which fills and empties
        whatever buffers there are.
    """

    def __init__(self, probability: float = 0.0, seed: int = 0, longest: int = 64):
        if not 0 <= probability < 1:
            raise ValueError(f"probability must be at least 0 and below 1, not {probability!r}")
        self.probability = probability
        self.longest = longest
        self._random = random.Random(seed)
        self._remaining = 0

    def __call__(self) -> bool:
        """Whether to hold back in this cycle."""
        if self._remaining:
            self._remaining -= 1
            return True
        if self._random.random() >= self.probability:
            return False
        if self._random.randrange(16) == 0:
            self._remaining = self._random.randrange(self.longest)
        return True


class _Side:
    def __init__(self, dut, name: str, shape, stall: Stall | None):
        self.name = name
        self.shape = shape
        self.stall = stall or Stall()
        self.clk = dut.clk
        self.valid, self.ready, self.payload = (
            getattr(dut, f"{name}__{part}") for part in ("valid", "ready", "payload"))


class StreamDriver(_Side):
    """Feeds an input stream.

    Parameters
    ----------
    name
        Port of the component, e.g. ``"i"``; parts of nested ports are joined by ``__``.
    shape
        Shape of the payload; values are as in :func:`sim.payload.pack`.
    stall
        Gaps before payloads.
    """

    def __init__(self, dut, name: str, shape, stall: Stall | None = None):
        super().__init__(dut, name, shape, stall)
        self.valid.value = 0

    async def send(self, payloads: Iterable) -> None:
        """Offer the payloads in order; returns at the clock edge that takes the last one."""
        for payload in payloads:
            while self.stall():
                await RisingEdge(self.clk)
            self.payload.value = pack(self.shape, payload)
            self.valid.value = 1
            await RisingEdge(self.clk)
            while not self.ready.value:
                await RisingEdge(self.clk)
            self.valid.value = 0


class StreamMonitor(_Side):
    """Takes from an output stream, and checks that a payload on offer is held until it is taken.

    Members
    -------
    payloads : list
        Everything taken so far, as :func:`sim.payload.unpack` gives it.
    cycles : list of int
        Clock edges since the start at which each was taken: differences of 1 are full throughput.
    """

    def __init__(self, dut, name: str, shape, stall: Stall | None = None):
        super().__init__(dut, name, shape, stall)
        self.payloads: list = []
        self.cycles: list[int] = []
        self._event = Event()
        self.ready.value = 0
        self._task = cocotb.start_soon(self._watch())

    async def receive(self, count: int) -> list:
        """Wait until ``count`` payloads have been taken in all; returns them."""
        while len(self.payloads) < count:
            self._event.clear()
            await self._event.wait()
        return self.payloads[:count]

    async def _watch(self) -> None:
        cycle, offered = 0, None
        while True:
            await RisingEdge(self.clk)
            bits = int(self.payload.value) if self.valid.value else None
            if offered is not None and bits != offered:
                self._task_failed(f"{self.name}: payload {offered:#x} was withdrawn before it was "
                                  f"taken, cycle {cycle}")
            offered = bits
            if bits is not None and self.ready.value:
                offered = None
                self.payloads.append(unpack(self.shape, bits))
                self.cycles.append(cycle)
                self._event.set()
            self.ready.value = not self.stall()
            cycle += 1

    @staticmethod
    def _task_failed(message: str) -> None:
        raise AssertionError(message)
