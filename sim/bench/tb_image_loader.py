"""Image loader: the bit-planes of every pixel land in the lanes of its image."""
import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge

from hw.compiler.packing import pack_image
from hw.config import CoreConfig
from hw.core.image_loader import ImageLoader, spike_word_words

from ..block_bench import BlockBench
from ..coverage import Coverage
from .memories import Recorder, cycle_now
from .ports import Ports, block_test
from .words import word_of_memory

CHAINS = (0, 1, 2)
COVERAGE = Coverage(chain=(*CHAINS, None), bits=(1, 3, 5, 8), masked=(0, 1))
"""No chain: a frame for each lane."""
CORNERS = Coverage(chain=CHAINS, value=(0, 255))


def component(**config) -> ImageLoader:
    return ImageLoader(CoreConfig(lanes=4, **config))


class Images:
    """Random images, or frames, as stream and as what memory has to hold."""

    def __init__(self, bench: BlockBench, chain: int | None, bits: int, value: int | None = None):
        self.config = config = bench.component.config
        self.frames, chain = chain is None, chain or 0
        self.chain, self.bits = chain, bits
        self.groups, self.pixels = bench.random.randint(1, 2), bench.random.randint(1, 5)
        rng = np.random.default_rng(bench.random.getrandbits(64))
        # (images, pixels, channels); half of the pixels dark, so that planes are empty.
        self.values = rng.integers(0, 1 << bits, (
            4 >> chain, self.pixels, self.groups * config.word_channels))
        self.values[rng.random(self.values.shape[:2]) < 0.5] &= 1
        if value is not None:
            self.values[:] = value
        self.dest, self.dest_mask = bench.random.randrange(2000), bench.random.randrange(2000)
        data = pack_image(config, chain, bits, self.groups, self.values)
        size = config.memory_bits // 8
        self.words = [int.from_bytes(data[k:k + size], "little")
                      for k in range(0, len(data), size)]

    @property
    def source_words(self) -> int:
        """Spike words of a pixel."""
        return -(-self.bits >> self.chain)

    @property
    def command(self) -> dict:
        # Frames share their lanes with no other plane, whichever lanes are one image's.
        chain = 2 if self.frames else self.chain
        return {"chain": chain, "image": int(not self.frames),
                "source_words": self.source_words, "dest": self.dest,
                "dest_mask": self.dest_mask, "pixels": self.groups * self.pixels,
                "stream_words": len(self.words)}

    def loaded(self, memory: dict[int, int]) -> np.ndarray:
        """Values that ``memory``, words by address, holds; planes beyond the image's included."""
        steps, words = 1 << self.chain, self.source_words
        values = np.zeros_like(self.values)
        for k in range(self.groups * self.pixels):
            group, pixel = divmod(k, self.pixels)
            for j in range(words):
                lanes = word_of_memory(self.config, memory[self.dest + k * words + j])
                for lane, channels in enumerate(lanes.astype(int)):
                    plane = j * steps + lane % steps
                    wide = self.config.word_channels
                    values[lane >> self.chain, pixel, group * wide:][:wide] += channels << plane
        return values

    def masks(self) -> list[int]:
        """Planes of each pixel and group with a spike in any image."""
        values = self.values.reshape(len(self.values), self.pixels, self.groups, -1)
        return [sum(1 << plane for plane in range(8) if (values[:, p, g] >> plane & 1).any())
                for g in range(self.groups) for p in range(self.pixels)]


async def exchange(bench: BlockBench, images: list[Images], stall: float, masked: int) -> None:
    """Load one batch after another from one stream."""
    with Ports(bench) as ports:
        words = [word for batch in images for word in batch.words]
        ports.start(bench.driver("words", stall).send(words + [0] * 8))
        for batch in images:
            await load(bench, ports, batch, stall, masked)


async def load(bench: BlockBench, ports: Ports, batch: Images, stall: float, masked: int) -> None:
    ports.write("command", batch.command | {"mask_out": masked})
    writes, masks = (Recorder(ports, f"{port}.enable", port) for port in ("write", "mask_write"))
    done, waiting = Recorder(ports, "done"), Recorder(ports, "waiting")
    ports.write("start", 1)
    await RisingEdge(bench.dut.clk)
    started = cycle_now()
    ports.write("start", 0)
    while not done.seen:
        await RisingEdge(bench.dut.clk)
    await ClockCycles(bench.dut.clk, 3)

    memory = {values["write"]["address"]: values["write"]["data"] for _, values in writes.seen}
    assert len(memory) == len(writes.seen) == batch.groups * batch.pixels * batch.source_words
    enables = {values["write"]["enable"] for _, values in writes.seen}
    assert enables == {(1 << batch.config.subs) - 1}
    assert (batch.loaded(memory) == batch.values).all()
    expected = dict(enumerate(batch.masks(), batch.dest_mask)) if masked else {}
    assert {values["mask_write"]["address"]: values["mask_write"]["data"]
            for _, values in masks.seen} == expected
    assert done.cycles == writes.cycles[-1:]
    # A memory word in every cycle in which there is one; a spike word after its last.
    parts = spike_word_words(batch.config)
    assert writes.cycles[-1] - started == len(batch.words) + len(waiting.seen) + 1
    if not stall:
        assert writes.cycles == [started + 1 + parts * (k + 1) for k in range(len(writes.seen))]


@block_test()
@cocotb.parametrize(stall=[0.0, 0.5])
async def words_and_masks_match(dut, stall):
    """The loader takes no word beyond the image: the next batch finds its first."""
    bench = await BlockBench.start(dut, component)
    for chain, bits, masked in COVERAGE.counts:
        await exchange(bench, [Images(bench, chain, bits) for _ in range(2)], stall, masked)
        COVERAGE.hit(chain=chain, bits=bits, masked=masked)


@block_test()
async def corners_match(dut):
    bench = await BlockBench.start(dut, component)
    for chain, value in CORNERS.counts:
        await exchange(bench, [Images(bench, chain, 8, value)], 0.0, 1)
        CORNERS.hit(chain=chain, value=value)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    CORNERS.check()
