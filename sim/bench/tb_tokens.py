"""Attention against the golden product (Q K^T) V."""
from dataclasses import dataclass

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge

from hw.compiler.tensor import head_positions
from hw.config import CoreConfig
from hw.core.layouts import Opcode
from hw.core.spike_memory import SpikeMemory
from hw.core.tokens import Tokens
from sw.golden.attention import attend

from ..block_bench import BlockBench
from ..coverage import Coverage
from .memories import Memory, Recorder, cycle_now
from .ports import Ports, block_test
from .words import lane_words, random_bits

HEADS = [("quad", 4, 8), ("half", 2, 16), ("odd-size", 3, 18), ("word", 2, 32),
         ("two-words", 2, 64), ("part-words", 2, 48), ("eight-words", 1, 128)]
"""(what a head is in words of 16 channels, heads, channels)."""
TOKENS = ("one", "whole-blocks", "part-of-a-block")
COVERAGE = Coverage(head=[name for name, *_ in HEADS], tokens=TOKENS)


def component(**config) -> Tokens:
    return Tokens(CoreConfig(word_channels=16, **config))


@dataclass
class Layer:
    """Attention of one layer: q, k, v of each lane (lanes, channels, tokens), placed in words."""
    config: CoreConfig
    heads: int
    spikes: dict[str, np.ndarray]

    @classmethod
    def random(cls, bench: BlockBench, heads: int, channels: int, tokens: int, density: float):
        config = bench.component.config
        rng = np.random.default_rng(bench.random.getrandbits(64))
        shape = (config.lanes, channels, tokens)
        return cls(config, heads, {name: random_bits(rng, shape, density)
                                   for name in ("q", "k", "v")})

    def __post_init__(self):
        _, channels, self.tokens = self.spikes["q"].shape
        self.positions, self.head_words, self.segment = head_positions(
            self.config, channels, self.heads)
        self.groups = int(self.positions.max()) // self.config.word_channels + 1
        size = self.groups * self.tokens
        self.bases = {"q": 40, "k": 40 + size, "v": 40 + 2 * size}

    @property
    def command(self) -> dict:
        return {"opcode": Opcode.ATTEND.value, "source": self.bases["q"], "key": self.bases["k"],
                "value": self.bases["v"], "groups": self.groups, "pixels": self.tokens,
                "head_words": self.head_words, "segment": self.segment}

    def placed(self, values: np.ndarray) -> np.ndarray:
        """(lanes, channels, tokens) to (groups * tokens, lanes, word_channels)."""
        wide = self.config.word_channels
        words = np.zeros((len(values), self.groups * wide, self.tokens), values.dtype)
        words[:, self.positions] = values
        words = words.reshape(len(values), self.groups, wide, self.tokens).transpose(1, 3, 0, 2)
        return words.reshape(self.groups * self.tokens, len(values), wide)

    def memory(self) -> dict[int, list[int]]:
        """Spike words by address; everything around them is ones."""
        return {base + k: lane_words(word) for name, base in self.bases.items()
                for k, word in enumerate(self.placed(self.spikes[name]))}

    def sums(self) -> np.ndarray:
        """The golden product, placed as the destination is."""
        q, k, v = (self.spikes[name][:, None, :, None, :] for name in ("q", "k", "v"))
        return self.placed(attend(q, k, v, self.heads)[:, 0, :, 0, :].astype(np.int64))

    def cycles(self) -> int:
        """What the timing promises: blocks of queries, for every word."""
        held = self.config.queries
        blocks = [min(held, self.tokens - first) for first in range(0, self.tokens, held)]
        return self.groups * sum(
            (held + 2 * self.tokens) * self.head_words + queries * self.config.subs
            + SpikeMemory.latency(self.config) + 5
            for queries in blocks)


async def pulse(bench: BlockBench, ports: Ports, name: str) -> int:
    """Start an operation; returns the cycle of the pulse."""
    ports.write(name, 1)
    await RisingEdge(bench.dut.clk)
    ports.write(name, 0)
    return cycle_now()


async def check_attention(bench: BlockBench, layer: Layer) -> None:
    """Every granule of every token leaves once, with its sums; the last says so."""
    config, ones = layer.config, [(1 << 16) - 1] * layer.config.lanes
    words, outputs = layer.memory(), layer.groups * layer.tokens * layer.config.subs
    with Ports(bench) as ports:
        ports.write("command", layer.command)
        Memory(ports, "read", "word", lambda address: words.get(address, ones),
               SpikeMemory.latency(bench.component.config))
        drained = Recorder(ports, "drain", "sums", "info")
        start = await pulse(bench, ports, "start")
        while len(drained.seen) < outputs:
            await RisingEdge(bench.dut.clk)
        await ClockCycles(bench.dut.clk, 8)
    expected = layer.sums().reshape(-1, config.lanes, config.subs, config.pass_channels)
    got = {}
    for _, values in drained.seen:
        info = values["info"]
        assert info["clear"] == (info["sub"] == 0)
        got[info["pixel"], info["sub"]] = values["sums"]
    assert len(drained.seen) == outputs == len(got)
    for (pixel, sub), sums in got.items():
        assert sums == expected[pixel, :, sub].tolist(), f"pixel {pixel}, granule {sub}"
    ends = [values["info"]["end"] for _, values in drained.seen]
    assert ends == [0] * (outputs - 1) + [1]
    # One cycle more to choose the sums of a bank.
    assert drained.cycles[-1] - start == layer.cycles() + 1


@block_test()
@cocotb.parametrize(head=[name for name, *_ in HEADS])
async def products_match(dut, head):
    bench = await BlockBench.start(dut, component)
    queries = bench.component.config.queries
    heads, channels = next(sizes for name, *sizes in HEADS if name == head)
    if -(-channels // heads // 16) > bench.component.config.head_words:
        for tokens in TOKENS:
            COVERAGE.hit(head=head, tokens=tokens)  # not for this core
        return
    density = 0.5 if channels // heads <= 16 else 0.25  # the largest sums fit eight bits
    for tokens, count in zip(TOKENS, (1, 2 * queries, queries + 1), strict=True):
        await check_attention(bench, Layer.random(bench, heads, channels, count, density))
        COVERAGE.hit(head=head, tokens=tokens)


@block_test()
async def counts_do_not_wrap(dut):
    """All ones: 17 tokens of 15 channels count to 255, all that eight bits hold."""
    bench = await BlockBench.start(dut, component)
    layer = Layer.random(bench, 1, 15, 17, 1.0)
    assert layer.sums().max() == (1 << bench.component.config.count_bits) - 1
    await check_attention(bench, layer)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
