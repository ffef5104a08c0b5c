"""Ports of a component under test as Python values, cycle by cycle."""
import random
from collections.abc import Iterable, Mapping

import cocotb
from amaranth.hdl import Shape
from cocotb.triggers import RisingEdge

from ..block_bench import BlockBench
from ..payload import pack, unpack

__all__ = ["Ports", "block_test", "play", "random_value"]


def block_test():
    """``cocotb.test`` that fails after 100,000 cycles: a component that hangs is wrong."""
    return cocotb.test(timeout_time=1, timeout_unit="ms")


class Ports:
    """Reads and writes members of a component's signature: scalars, structs, arrays, interfaces.

    An array is a sequence, an interface (a member with a signature of its own) a mapping, and
    everything else as in :func:`sim.payload.pack`. A value written holds until it is replaced.
    As a context manager it ends the tasks started on it.
    """

    def __init__(self, bench: BlockBench):
        self.bench = bench
        self._dut = bench.dut
        self._tasks: list = []
        self._trees = {name: self._tree(name, member)
                       for name, member in bench.component.signature.members.items()}
        self._written: dict = {}

    def __enter__(self) -> "Ports":
        return self

    def __exit__(self, *exception) -> None:
        for task in self._tasks:
            task.cancel()

    def start(self, coroutine) -> None:
        """Run beside the test, until the context ends."""
        self._tasks.append(cocotb.start_soon(coroutine))

    def _tree(self, path: str, member, depth: int = 0):
        if depth < len(member.dimensions):
            return [self._tree(f"{path}__{k}", member, depth + 1)
                    for k in range(member.dimensions[depth])]
        if member.is_signature:
            return {name: self._tree(f"{path}__{name}", inner)
                    for name, inner in member.signature.members.items()}
        # A port of no bits does not exist in Verilog.
        return getattr(self._dut, path, None), member.shape

    def write(self, name: str, value) -> None:
        """Drive an input from now on."""
        self._write(self._trees[name], value)

    def _write(self, tree, value):
        if isinstance(tree, list):
            for part, inner in zip(tree, value, strict=True):
                self._write(part, inner)
        elif isinstance(tree, dict):
            for part, inner in value.items():
                self._write(tree[part], inner)
        else:
            handle, shape = tree
            bits = pack(shape, value)
            if self._written.get(handle) != bits:
                self._written[handle] = bits
                handle.value = bits

    def read(self, name: str):
        """Present value of a port, or of a member of an interface, ``"write.enable"``."""
        tree = self._trees
        for part in name.split("."):
            tree = tree[part]
        return self._read(tree)

    def _read(self, tree):
        if isinstance(tree, list):
            return [self._read(part) for part in tree]
        if isinstance(tree, dict):
            return {part: self._read(inner) for part, inner in tree.items()}
        handle, shape = tree
        return unpack(shape, int(handle.value))


async def play(bench: BlockBench, frames: Iterable[Mapping], watch: Iterable[str],
               when: str | None = None) -> list[dict]:
    """Apply one frame of inputs per cycle; what the watched outputs were in each of these cycles.

    With ``when``, the other outputs are read only in cycles in which that one is not zero.
    """
    ports = Ports(bench)
    watch = tuple(watch)
    seen = []
    for frame in frames:
        for name, value in frame.items():
            ports.write(name, value)
        await RisingEdge(bench.dut.clk)
        if when is not None and not ports.read(when):
            seen.append({when: 0})
        else:
            names = watch if when is None else (when, *watch)
            seen.append({name: ports.read(name) for name in names})
    return seen


def random_value(generator: random.Random, shape):
    """A value of any layout or shape, as :func:`sim.payload.pack` takes it, from random bits."""
    return unpack(shape, generator.getrandbits(Shape.cast(shape).width))
