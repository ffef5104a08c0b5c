"""Weights by pass and tile, against the golden convolution of the tensors they came from."""
import dataclasses

import numpy as np
import pytest

from hw.compiler.packing import pack_pass, pack_tiles
from hw.compiler.tensor import SpikeTensor, head_positions
from hw.compiler.weights import WeightStream, pass_arrays
from hw.config import CoreConfig
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.golden.conv import convolve

CORE = CoreConfig(word_channels=16, pass_channels=4, weight_bits=8, accumulator_bits=26)
MODEL = ModelConfig(stem="sps", image=(3, 8, 8), dim=24, heads=3, depth=1, mlp_ratio=2,
                    fraction_bits=2, classes=6, head_bits=8, weight_bits=8)


def node(net, name):
    return next(n for n in net.graph if n.name == name)


def spikes(name, channels, positions=None, pixels=4):
    positions = np.arange(channels) if positions is None else positions
    return SpikeTensor(name=name, height=1, width=pixels, planes=1, words=1, positions=positions,
                       groups=int(positions.max()) // CORE.word_channels + 1)


@pytest.mark.parametrize("layer", ["stem.position", "block.0.q", "block.0.fc2"])
def test_passes_compute_the_layer(make_artefact, layer):
    """Placed inputs times arranged weights are the golden accumulator, at the output's places."""
    net = make_artefact(MODEL)
    conv = node(net, layer)
    # Four heads of six channels in slots of eight: places without a channel between them.
    heads = head_positions(CORE, conv.shape[0], 4)[0] if layer.endswith("q") else None
    source, dest = spikes("x", conv.in_shape[0]), spikes(layer, conv.shape[0], heads)
    arrays = pass_arrays(net, conv, source, dest, CORE)

    x = np.random.default_rng(1).integers(0, 2, (conv.in_shape[0], 5, 5), np.uint8)
    placed = np.zeros((source.groups * CORE.word_channels, 5, 5), np.uint8)
    placed[source.positions] = x
    passes = len(arrays.headers)
    # (passes, Po, taps, groups, Pi) -> (passes * Po, groups * Pi, taps)
    weight = arrays.weight.transpose(0, 1, 4, 5, 2, 3).reshape(
        passes * CORE.pass_channels, -1, conv.kernel, conv.kernel)
    got = convolve(placed, weight)
    expected = convolve(x, net.tensors[f"{layer}.weight"])
    bias, threshold = (net.tensors[f"{layer}.{name}"] for name in ("bias", "threshold"))
    used = set()
    for channel, position in enumerate(dest.positions.tolist()):
        group, sub = position // CORE.word_channels, position % CORE.word_channels // 4
        k = next(k for k, header in enumerate(arrays.headers)
                 if (header["pixel"], header["sub"]) == (group * dest.pixels, sub))
        row = k * CORE.pass_channels + position % CORE.pass_channels
        np.testing.assert_array_equal(got[row], expected[channel])
        assert arrays.bias.reshape(-1)[row] == bias[channel]
        assert arrays.threshold.reshape(-1)[row] == threshold[channel]
        used.add(row)
    for row in set(range(passes * CORE.pass_channels)) - used:
        assert not got[row].any() and arrays.threshold.reshape(-1)[row] == (1 << 30) - 1


def test_first_pass_of_a_word_clears_it(make_artefact):
    net = make_artefact(MODEL)
    conv = node(net, "block.0.q")
    arrays = pass_arrays(net, conv, spikes("x", 24), spikes("q", 24), CORE)
    assert [(header["pixel"], header["sub"], header["clear"]) for header in arrays.headers] == [
        (0, 0, True), (0, 1, False), (0, 2, False), (0, 3, False), (4, 0, True), (4, 1, False)]


def test_first_layer_has_its_taps_as_channels(make_artefact):
    net = make_artefact(MODEL)
    conv = node(net, "stem.conv0")
    arrays = pass_arrays(net, conv, spikes("image", 27), spikes("y", conv.shape[0]), CORE)
    assert arrays.weight.shape[2:] == (1, 1, 2, 16)
    flat = arrays.weight.reshape(len(arrays.headers) * 4, 32)[:conv.shape[0]]
    np.testing.assert_array_equal(flat[:, :27], net.tensors["stem.conv0.weight"].transpose(
        0, 2, 3, 1).reshape(conv.shape[0], 27))
    assert not flat[:, 27:].any()


def test_stream_is_in_the_order_of_the_tile_walk(make_artefact):
    """Pass by pass: parameters, then tap rows, tap columns, word groups; some taps only."""
    net = make_artefact(MODEL)
    conv = node(net, "stem.position")
    arrays = pass_arrays(net, conv, spikes("x", 24), spikes("y", 24), CORE)
    stream = WeightStream(CORE)
    region = stream.add("layer", arrays, (1, 2), (0, 1, 2))
    expected = b""
    for k, header in enumerate(arrays.headers):
        header = header | {"tiles": 2 * 3 * 2}
        expected += pack_pass(CORE, header, arrays.bias[k].tolist(), arrays.threshold[k].tolist())
        for ty in (1, 2):
            for tx in (0, 1, 2):
                for group in (0, 1):
                    expected += pack_tiles(CORE, arrays.weight[k, None, :, ty, tx, group]).tobytes()
    assert stream.data == expected
    assert (region.address, region.words) == (0, len(expected) * 8 // CORE.memory_bits)


def test_bands_with_the_same_taps_share_their_weights(make_artefact):
    net = make_artefact(MODEL)
    arrays = pass_arrays(net, node(net, "stem.position"), spikes("x", 24), spikes("y", 24), CORE)
    stream = WeightStream(CORE)
    top, middle, bottom = (stream.add("layer", arrays, taps, (0, 1, 2))
                           for taps in ((1, 2), (0, 1, 2), (0, 1)))
    size = len(stream.data)
    assert stream.add("layer", arrays, (0, 1, 2), (0, 1, 2)) == middle
    assert len(stream.data) == size
    assert len({top.address, middle.address, bottom.address}) == 3
    assert stream.add("other", arrays, (0, 1, 2), (0, 1, 2)) != middle


LIMITS = [
    pytest.param({"weight_bits": 4}, {}, "a weight needs 8 bits, the core has 4; "
                 "raise weight_bits", id="weight"),
    pytest.param({"accumulator_bits": 8}, {}, r"a partial sum needs \d+ bits, the core has 8; "
                 "raise accumulator_bits", id="partial-sum"),
    pytest.param({"accumulator_bits": 14}, {"block.0.q.bias": np.full(24, 1 << 19, np.int32)},
                 r"a bias needs 21 bits, the core has 19; raise accumulator_bits",
                 id="bias"),
]


@pytest.mark.parametrize("fields, tensors, message", LIMITS)
def test_what_would_not_be_exact_is_refused(make_artefact, fields, tensors, message):
    net = make_artefact(MODEL, **tensors)
    config = dataclasses.replace(CORE, **fields)
    with pytest.raises(SpikeplaneError, match=rf"^layer block\.0\.q: {message}$"):
        pass_arrays(net, node(net, "block.0.q"), spikes("x", 24), spikes("q", 24), config)


@pytest.mark.parametrize("threshold", [-(1 << 22), 1 << 22])
def test_a_threshold_beyond_the_membrane_is_clamped(make_artefact, threshold):
    """It is never or always reached, which the clamped one says too."""
    net = make_artefact(MODEL, **{"block.0.q.threshold": np.full(24, threshold, np.int32)})
    config = dataclasses.replace(CORE, accumulator_bits=16)
    arrays = pass_arrays(net, node(net, "block.0.q"), spikes("x", 24), spikes("q", 24), config)
    limit = 1 << config.param_bits - 1
    assert set(arrays.threshold.reshape(-1).tolist()) <= {
        max(-limit, min(threshold, limit - 1)), limit - 1}
