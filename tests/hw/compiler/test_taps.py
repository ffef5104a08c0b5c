"""From taps back to layers: writes made from known values decode to these values."""
import dataclasses

import numpy as np
import pytest

from hw.compiler import compile_network, decode
from hw.config import CoreConfig
from hw.core.layouts import Opcode
from sim.bench.words import memory_word
from sw.contract.config import ModelConfig
from sw.contract.graph import Residual

CORE = CoreConfig(word_channels=16, pass_channels=4, accumulator_bits=20, psum_words=13)
MODEL = ModelConfig(image=(1, 8, 12), dim=24, heads=3, expansion=2, mlp_ratio=2)
GRANULE = CORE.lanes * CORE.pass_channels
TAP = np.dtype([("cycle", "<u8"), ("run", "<u4"), ("enable", "u1"), ("address", "<u4"),
                ("data", "u1", (CORE.word_bits // 8,)), ("fired", "u1"), ("pixel", "<u4"),
                ("sub", "u1"), ("spikes", "<u2")])


class Synthetic:
    """Random layers of a program, and the taps that a core with these layers would show.

    Every granule of a word is written by its own tap, in random order within a command; junk that
    is overwritten later comes first.
    """

    def __init__(self, program, images: int, seed: int):
        self.program, self.rng = program, np.random.default_rng(seed)
        self.taps, self.ends, self.cycle = [], [], 10
        self.layers = {node.name: self.rng.integers(
            0, node.levels + 1, (program.images, program.steps, *node.shape), np.uint8)
            for node in program.graph[1:-1]}
        for command in program.commands:
            self.run(command)
        self.results = np.array(
            [(image, label, self.rng.integers(-999, 999)) for label in range(12)
             for image in range(program.images)],
            [("image", "u1"), ("label", "<u2"), ("value", "<i4")])

    def run(self, command) -> None:
        tensor = self.program.tensors.get(command.layer)
        if command.opcode != Opcode.LOAD and tensor is not None:
            pixels = self.pixels(command, tensor)
            self.write(tensor, command.layer, pixels)
            node = next(n for n in self.program.graph if n.name == command.layer)
            if isinstance(node, Residual):
                self.fire(tensor, node.inputs[1], command.first_pixel, pixels)
        self.ends.append(self.cycle)
        self.cycle += 3

    def pixels(self, command, tensor) -> range:
        """Pixels of the command's band."""
        if command.opcode != Opcode.CONV:
            return range(tensor.pixels)
        return range(command.first_pixel, command.first_pixel
                     + command.fields["rows"] * command.fields["columns"])

    def lanes(self, tensor, name) -> np.ndarray:
        """Values (pixels, groups, lanes, word_channels); lanes beyond T are zeros."""
        values, program = self.layers[name], self.program
        wide = np.zeros((program.images, 1 << program.chain, tensor.groups * CORE.word_channels,
                         tensor.pixels), np.uint8)
        wide[:, :program.steps, tensor.positions] = values.reshape(
            *values.shape[:3], tensor.pixels)
        wide = wide.reshape(CORE.lanes, tensor.groups, CORE.word_channels, tensor.pixels)
        return wide.transpose(3, 1, 0, 2)

    def add(self, **values) -> None:
        tap = np.zeros(1, TAP)
        for name, value in values.items():
            tap[name] = value
        tap["cycle"] = self.cycle
        self.cycle += 1
        self.taps.append(tap)

    def write(self, tensor, name, pixels) -> None:
        words = self.lanes(tensor, name)
        order = [(p, g, plane, sub) for p in pixels for g in range(tensor.groups)
                 for plane in range(tensor.words) for sub in range(CORE.subs)]
        self.rng.shuffle(order)
        for p, g, plane, sub in order:
            bits = memory_word(CORE, words[p, g] >> plane & 1)
            address = tensor.base + (g * tensor.pixels + p) * tensor.words + plane
            junk = int.from_bytes(self.rng.bytes(CORE.word_bits // 8), "little")
            for data in (junk, bits):
                self.add(enable=1 << sub, address=address, data=np.frombuffer(
                    data.to_bytes(CORE.word_bits // 8, "little"), np.uint8))

    def fire(self, tensor, name, first_pixel, pixels) -> None:
        """Spikes of the neurons behind a residual; the core counts pixels from the band's first."""
        words = self.lanes(tensor, name)
        for p in pixels:
            for g in range(tensor.groups):
                word = memory_word(CORE, words[p, g])
                for sub in range(CORE.subs):
                    self.add(fired=1, pixel=g * tensor.pixels + p - first_pixel, sub=sub,
                             spikes=word >> sub * GRANULE & (1 << GRANULE) - 1)

    def decoded(self, images: int):
        records = np.array([(cycle,) for cycle in self.ends], [("cycle", "<u8")])
        return decode(self.program, np.concatenate(self.taps), records, self.results, images)


@pytest.mark.parametrize("change, images", [
    pytest.param({"steps": 4}, 1, id="4-steps"),
    pytest.param({"steps": 3, "residual": "iand"}, 1, id="3-steps-iand"),
    pytest.param({"steps": 2}, 2, id="2x2"),
    pytest.param({"steps": 1, "stem": "sps", "pools": (True, False, True, False)}, 3,
                 id="3-of-4-images-pooled"),
])
def test_layers_come_back(make_artefact, change, images):
    program = compile_network(make_artefact(dataclasses.replace(MODEL, **change)), CORE)
    synthetic = Synthetic(program, images, seed=1)
    decoded = synthetic.decoded(images)
    assert set(decoded.layers) == {node.name for node in program.graph[1:]}
    for name, values in synthetic.layers.items():
        np.testing.assert_array_equal(decoded.layers[name], values[:images], err_msg=name)
    for image, label, value in synthetic.results.tolist():
        if image < images and label < MODEL.classes:
            assert decoded.layers["head"][image, label] == value


def test_cycles_are_those_of_the_last_write(make_artefact):
    program = compile_network(make_artefact(MODEL), CORE)
    synthetic = Synthetic(program, 1, seed=2)
    decoded = synthetic.decoded(1)
    taps = np.concatenate(synthetic.taps)
    tensor = program.tensors["block.0.q"]
    for channel, pixel in ((0, 0), (23, 20), (9, 7)):
        group, bit = divmod(int(tensor.positions[channel]), CORE.word_channels)
        mine = taps[(taps["address"] == tensor.base + group * tensor.pixels + pixel)
                    & (taps["enable"] == 1 << bit // CORE.pass_channels)]
        begin, end = (synthetic.ends[k] for k in span(program, "block.0.q"))
        mine = mine[(mine["cycle"] > begin) & (mine["cycle"] <= end)]
        got = decoded.cycles["block.0.q"].reshape(1, 4, 24, -1)[0, :, channel, pixel]
        assert set(got.tolist()) == {int(mine["cycle"].max())}


def span(program, layer) -> tuple[int, int]:
    """Commands before a layer's first and at its last."""
    mine = [k for k, command in enumerate(program.commands) if command.layer == layer]
    return mine[0] - 1, mine[-1]
