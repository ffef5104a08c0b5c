"""Spike writer against the golden residual: every form, queue, plane masks, whole words."""
from dataclasses import dataclass

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import Drain, info_layout
from hw.core.spike_writer import SpikeWriter
from sw.golden.residual import residual

from ..block_bench import BlockBench
from ..coverage import Coverage
from .memories import Memory, Recorder, cycle_now
from .ports import Ports, block_test, random_value
from .words import lane_words, memory_word, random_bits

# A residual of b planes has b + 1 after an addition that needs them, or still b.
FORMS = [("none", 0, 1), ("iand", 1, 1), ("add", 1, 2), ("add", 2, 2), ("add", 2, 3), ("add", 4, 5)]
COVERAGE = Coverage(form=FORMS, masked=(False, True))
DRAINS = {"none": Drain.SPIKES, "iand": Drain.IAND, "add": Drain.ADD}


def component(**config) -> SpikeWriter:
    return SpikeWriter(CoreConfig(**config))


@dataclass(kw_only=True)
class Layer:
    """Spikes and residual (groups, pixels, lanes, word_channels), and where they lie.

    The last word group has channels in its first ``channels`` bits only, and no passes for others.
    """
    form: tuple[str, int, int]
    stream: np.ndarray
    spikes: np.ndarray
    channels: int
    dest: int = 300
    dest_mask: int = 70

    @property
    def command(self) -> dict:
        drain, before, after = self.form
        return {"drain": DRAINS[drain].value, "dest": self.dest, "dest_words": after,
                "residual_words": before, "dest_mask": self.dest_mask}

    def result(self) -> np.ndarray:
        """What the golden residual makes of them."""
        if self.form[0] == "none":
            return self.spikes
        return residual(self.stream, self.spikes, self.form[0])

    def clear_absent(self) -> None:
        """Channels that the layer does not have are silent."""
        for values in (self.stream, self.spikes):
            values[-1, ..., self.channels:] = 0


def random_layer(bench: BlockBench, form, groups=2, pixels=3, density=0.5) -> Layer:
    config = bench.component.config
    rng = np.random.default_rng(bench.random.getrandbits(64))
    shape = (groups, pixels, config.lanes, config.word_channels)
    drain, before, after = form
    # The largest value whose sum with a spike still fits.
    top = (1 << before) - 1 if after > before or drain != "add" else (1 << before) - 2
    stream = rng.integers(0, top, shape, np.uint8, endpoint=True) * random_bits(rng, shape, 0.7)
    layer = Layer(form=form, stream=stream, spikes=random_bits(rng, shape, density),
                  channels=max(1, config.subs - 1) * config.pass_channels)
    layer.clear_absent()
    return layer


class Feeder:
    """Plays the reader, which sends a pixel's residual words, and the neurons some cycles later."""

    DELAY = 9

    def __init__(self, bench: BlockBench, ports: Ports):
        self.bench, self.ports = bench, ports
        self.config = bench.component.config
        self.events: list[tuple[int, dict]] = []
        self.fired: list[tuple[int, int]] = []

    def plan(self, layer: Layer, gap: float) -> None:
        """Schedule every pass of the layer over its pixels."""
        _, before, after = layer.form
        groups, pixels = layer.spikes.shape[:2]
        cycle, subs, wide = 0, self.config.subs, self.config.pass_channels
        passes = (groups - 1) * subs + layer.channels // wide
        for k in range(passes * pixels):
            group, sub, pixel = k // (subs * pixels), k // pixels % subs, k % pixels
            for plane in range(before):
                word = lane_words(layer.stream[group, pixel] >> plane & 1)
                self.at(cycle + 1 + plane, residual=1, word=word, residual_sub=sub)
            spikes = layer.spikes[group, pixel][:, sub * wide:][:, :wide]
            info = {"pixel": group * pixels + pixel, "sub": sub, "clear": int(sub == 0),
                    "end": int(k == passes * pixels - 1)}
            self.at(cycle + self.DELAY, fired=1, info=info, spikes=lane_words(spikes))
            self.fired.append((cycle + self.DELAY, int(spikes.sum())))
            cycle += max(1 + before, after)
            while self.bench.random.random() < gap:
                cycle += 1

    def at(self, cycle: int, **values) -> None:
        self.events.append((cycle, values))

    async def feed(self) -> int:
        """Drive the schedule; returns the cycle in which it begins."""
        frames: dict[int, dict] = {}
        for cycle, values in self.events:
            frames.setdefault(cycle, {}).update(values)
        first, config = cycle_now() + 1, self.config
        for cycle in range(max(frames) + 1):
            frame = {"residual": 0, "fired": 0,
                     "info": random_value(self.bench.random, info_layout(config)),
                     "word": [self.bench.random.getrandbits(config.word_channels)
                              for _ in range(config.lanes)]} | frames.get(cycle, {})
            for name, value in frame.items():
                self.ports.write(name, value)
            await RisingEdge(self.bench.dut.clk)
        self.ports.write("fired", 0)
        self.ports.write("residual", 0)
        await ClockCycles(self.bench.dut.clk, 12)
        return first


async def exchange(bench: BlockBench, layer: Layer, *, masked: bool, gap: float) -> None:
    masks = {layer.dest_mask + k: bench.random.getrandbits(8) for k in range(64)}
    with Ports(bench) as ports:
        ports.write("command", layer.command | {"mask_out": int(masked)})
        Memory(ports, "mask_read", "mask", lambda address: masks[address])
        writes = Recorder(ports, "write.enable", "write")
        mask_writes = Recorder(ports, "mask_write.enable", "mask_write")
        done, counts = Recorder(ports, "done"), Recorder(ports, "count", "count")
        ports.start(keep_masks(ports, masks))
        feeder = Feeder(bench, ports)
        feeder.plan(layer, gap)
        first = await feeder.feed()

    planes = layer.form[2]
    assert writes.cycles == [first + cycle + 1 + plane
                             for cycle, _ in feeder.fired for plane in range(planes)]
    assert done.cycles == [writes.cycles[-1]]
    assert [(cycle, value["count"]) for cycle, value in counts.seen] == [
        (first + cycle + 1, count) for cycle, count in feeder.fired if count]
    check_memory(bench.component.config, layer, writes)
    check_masks(layer, masks, mask_writes, masked)


async def keep_masks(ports: Ports, masks: dict) -> None:
    """Write what the component writes, after the reads of the same cycle."""
    while True:
        await RisingEdge(ports.bench.dut.clk)
        if ports.read("mask_write.enable"):
            masks[ports.read("mask_write.address")] = ports.read("mask_write.data")


def check_memory(config: CoreConfig, layer: Layer, writes: Recorder) -> None:
    """Spike memory, full of ones before, holds the result and nothing else."""
    groups, pixels = layer.spikes.shape[:2]
    planes, granule = layer.form[2], config.lanes * config.pass_channels
    memory = {}
    for _, values in writes.seen:
        write = values["write"]
        word = memory.get(write["address"], (1 << config.word_bits) - 1)
        for sub in range(config.subs):
            if write["enable"] >> sub & 1:
                mask = ((1 << granule) - 1) << sub * granule
                word = word & ~mask | write["data"] & mask
        memory[write["address"]] = word
    result = layer.result().reshape(groups * pixels, config.lanes, -1)
    assert memory == {
        layer.dest + pixel * planes + plane: memory_word(config, result[pixel] >> plane & 1)
        for pixel in range(groups * pixels) for plane in range(planes)}


def check_masks(layer: Layer, masks: dict, writes: Recorder, masked: bool) -> None:
    """Every pixel's mask tells which planes of its word have a spike."""
    if not masked:
        assert not writes.seen
        return
    result = layer.result()
    for k, word in enumerate(result.reshape(-1, *result.shape[2:])):
        expected = sum(1 << plane for plane in range(8) if (word >> plane & 1).any())
        assert masks[layer.dest_mask + k] == expected, f"mask of pixel {k}"


@block_test()
@cocotb.parametrize(gap=[0.0, 0.4])
async def words_and_masks_match(dut, gap):
    """Without gaps a pixel follows another as fast as the reader can send them."""
    bench = await BlockBench.start(dut, component)
    for form in FORMS:
        for masked in (False, True):
            for density in (0.05, 0.5):
                layer = random_layer(bench, form, density=density)
                await exchange(bench, layer, masked=masked, gap=gap)
            COVERAGE.hit(form=form, masked=masked)


@block_test()
async def corners_match(dut):
    """All ones: every carry travels through every plane."""
    bench = await BlockBench.start(dut, component)
    for form in FORMS:
        layer = random_layer(bench, form)
        top = 0 if form[0] == "none" else (1 << form[2]) - 2 if form[0] == "add" else 1
        layer.stream[:], layer.spikes[:] = min(top, (1 << form[1]) - 1), 1
        layer.clear_absent()
        await exchange(bench, layer, masked=True, gap=0.0)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
