"""Commands in memory, and images as the core wants them."""
import dataclasses
import random

import numpy as np
import pytest
from amaranth.hdl import Shape

from hw.compiler.program import Command, encode, fold_image
from hw.config import CoreConfig
from hw.core.layouts import COMMAND, COMMAND_BITS, Drain, Opcode, command_layout
from sim.payload import unpack
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import build_graph
from sw.golden.conv import convolve

CORE = CoreConfig()


def command(**fields):
    return Command(layer="block.0.q", fields={"opcode": Opcode.CONV, **fields})


@pytest.mark.parametrize("seed", range(5))
def test_every_field_is_read_back(seed):
    generator = random.Random(seed)
    layout = command_layout(CORE)
    fields = unpack(layout, generator.getrandbits(Shape.cast(layout).width))
    fields |= {"opcode": Opcode(generator.randrange(5)), "drain": Drain(generator.randrange(4))}
    code = encode(command(**fields), CORE)
    assert len(code) == COMMAND_BITS // 8
    fields |= {"opcode": fields["opcode"].value, "drain": fields["drain"].value}
    assert unpack(COMMAND, int.from_bytes(code, "little")) == fields


def test_a_start_above_the_map_wraps():
    code = encode(command(start=-9, source=5), CORE)
    fields = unpack(COMMAND, int.from_bytes(code, "little"))
    assert (fields["start"] + fields["source"] + 9) % (1 << 20) == 5


@pytest.mark.parametrize("name, value, bits", [("passes", 2048, 11), ("planes", 16, 4),
                                               ("stream_words", 1 << 24, 24)])
def test_a_number_beyond_its_field_is_refused(name, value, bits):
    with pytest.raises(SpikeplaneError, match=rf"^layer block\.0\.q: {name} is {value}, beyond the "
                                              f"{bits} bits that the core has for it; "):
        encode(command(**{name: value}), CORE)


@pytest.mark.parametrize("model", [
    pytest.param({"stem": "scs", "image": (1, 8, 12), "dim": 8}, id="2x2-stride-2"),
    pytest.param({"stem": "scs", "image": (3, 9, 7), "dim": 8}, id="2x2-odd-map"),
    pytest.param({"stem": "sps", "image": (3, 6, 9), "dim": 16, "pad_value": (7, 0, 255)},
                 id="3x3-mean-padding"),
    pytest.param({"stem": "sps", "image": (1, 5, 5), "dim": 16}, id="3x3-zero-padding"),
])
def test_folded_image_is_the_golden_convolution(model):
    """Patches times the folded weights give the accumulator of the golden convolution."""
    image, conv = build_graph(ModelConfig(heads=1, **model))[:2]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, *image.shape), np.uint8)
    weight = rng.integers(-8, 8, (conv.shape[0], image.shape[0], conv.kernel, conv.kernel))
    patches = fold_image(images, conv, image.pad_value).astype(int)
    assert patches.shape == (2, conv.shape[1] * conv.shape[2], image.shape[0] * conv.kernel ** 2)
    # Channel of a patch: (tap row, tap column, input channel).
    got = patches @ weight.transpose(2, 3, 1, 0).reshape(-1, conv.shape[0])
    expected = convolve(images, weight, stride=conv.stride, pad=conv.pad,
                        pad_value=image.pad_value)
    np.testing.assert_array_equal(got, expected.reshape(2, conv.shape[0], -1).transpose(0, 2, 1))


def test_command_keeps_what_it_stands_for():
    one = command(passes=3)
    assert one.opcode == Opcode.CONV
    assert dataclasses.replace(one, first_pixel=7).fields == one.fields
