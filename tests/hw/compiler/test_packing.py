"""What is packed can be read back with nothing but the documented bit positions."""
import numpy as np
import pytest

from hw.compiler.packing import pack_bits, pack_image, pack_pass, pack_tiles, pass_size
from hw.config import CoreConfig
from hw.core.layouts import HEADER, params_layout
from sim.bench.words import word_of_memory
from sim.payload import unpack

CONFIGS = [
    pytest.param(CoreConfig(word_channels=8, pass_channels=2, memory_bits=8), id="8x2-memory-8"),
    pytest.param(CoreConfig(word_channels=16, pass_channels=8, weight_bits=8, memory_bits=32),
                 id="16x8-W8-memory-32"),
    pytest.param(CoreConfig(lanes=2, word_channels=8, pass_channels=1, memory_bits=64),
                 id="8x1-memory-64"),
]


@pytest.mark.parametrize("bits, word_bits, size", [(1, 8, 1), (8, 8, 1), (9, 8, 2), (33, 32, 8)])
def test_rows_of_bits_fill_whole_words(bits, word_bits, size):
    rows = np.random.default_rng(0).integers(0, 2, (3, bits), np.uint8)
    packed = pack_bits(rows, word_bits)
    assert packed.shape == (3, size)
    unpacked = np.unpackbits(packed, axis=1, bitorder="little")
    np.testing.assert_array_equal(unpacked[:, :bits], rows)
    assert not unpacked[:, bits:].any()


@pytest.mark.parametrize("config", CONFIGS)
def test_tiles(config):
    top = 1 << config.weight_bits - 1
    shape = (3, config.pass_channels, config.word_channels)
    tiles = np.random.default_rng(1).integers(-top, top, shape)
    tiles[0], tiles[1] = -top, top - 1
    for tile, packed in zip(tiles, pack_tiles(config, tiles), strict=True):
        value = int.from_bytes(packed.tobytes(), "little")
        for o in range(config.pass_channels):
            for c in range(config.word_channels):
                planes = [value >> ((o * config.weight_bits + b) * config.word_channels + c) & 1
                          for b in range(config.weight_bits)]
                weight = sum(bit << b for b, bit in enumerate(planes)) - (
                    planes[-1] << config.weight_bits)
                assert weight == tile[o, c]


@pytest.mark.parametrize("config", CONFIGS)
def test_parameters_of_a_pass(config):
    limit = 1 << config.param_bits - 1
    rng = np.random.default_rng(2)
    bias, threshold = rng.integers(-limit, limit, (2, config.pass_channels)).tolist()
    bias[0], threshold[-1] = -limit, limit - 1
    packed = pack_pass(config, {"pixel": 1234, "sub": 3, "clear": 1}, bias, threshold)
    assert unpack(params_layout(config), int.from_bytes(packed, "little")) == {
        "header": dict.fromkeys(HEADER.members, 0) | {"pixel": 1234, "sub": 3, "clear": 1},
        "bias": bias, "threshold": threshold}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("tiles", [1, 5])
def test_size_of_a_pass_is_its_bytes(config, tiles):
    data = pack_pass(config, {}, [0] * config.pass_channels, [0] * config.pass_channels)
    shape = (tiles, config.pass_channels, config.word_channels)
    data += pack_tiles(config, np.zeros(shape, int)).tobytes()
    assert len(data) * 8 == pass_size(config, tiles) * config.memory_bits


@pytest.mark.parametrize("chain", [0, 1, 2])
@pytest.mark.parametrize("planes", [1, 3, 8])
@pytest.mark.parametrize("present", ["all", "one"])
def test_images(chain, planes, present):
    """Lane l of word j holds plane j * 2**chain + l % 2**chain of image l >> chain."""
    config = CoreConfig(word_channels=8, pass_channels=2, memory_bits=32)
    rng = np.random.default_rng(3)
    images = 1 if present == "one" else config.lanes >> chain
    values = rng.integers(0, 1 << planes, (images, 5, 11))
    data = pack_image(config, chain, planes, 2, values)
    steps = 1 << chain
    words = -(-planes // steps)
    size = config.word_bits // 8
    assert len(data) == 2 * 5 * words * size
    for k in range(2 * 5 * words):
        group, pixel, j = k // (5 * words), k // words % 5, k % words
        bits = word_of_memory(config, int.from_bytes(data[k * size:][:size], "little"))
        for lane in range(config.lanes):
            expected = np.zeros(16, int)
            plane, image = j * steps + lane % steps, lane >> chain
            if image < images and plane < planes:
                expected[:11] = values[image, pixel] >> plane & 1
            np.testing.assert_array_equal(bits[lane], expected[group * 8:][:8])
