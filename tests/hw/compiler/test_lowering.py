"""Programs of whole networks: nothing overwritten that is still read, bands, modes, refusals."""
import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from hw.compiler import compile_network
from hw.config import CoreConfig
from hw.core.layouts import COMMAND_BITS, Drain, Opcode
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError

CORE = CoreConfig(word_channels=16, pass_channels=4, accumulator_bits=20)
MODEL = ModelConfig(image=(1, 8, 12), dim=24, heads=3, depth=2, stages=1, expansion=2, mlp_ratio=2)
POOLED = dataclasses.replace(MODEL, stem="sps", image=(3, 15, 12), pools=(True, False, True, False))


def test_memory_map_has_no_overlap(make_artefact):
    program = compile_network(make_artefact(MODEL), CORE)
    code = (len(program.commands) + 1) * COMMAND_BITS // 8
    size = CORE.memory_bits // 8
    regions = {(command.fields["stream_address"], command.fields["stream_words"])
               for command in program.commands if command.fields.get("stream_words")}
    spans = sorted((address, address + words * size) for address, words in regions)
    assert spans[0][0] >= code
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert spans[-1][0] == program.image_address
    assert spans[-1][1] <= len(program.memory)
    images = np.full((1, 1, 8, 12), 255, np.uint8)
    assert len(program.image_bytes(images)) == spans[-1][1] - spans[-1][0]


@pytest.mark.parametrize("model", [
    pytest.param(MODEL, id="scs-add"),
    pytest.param(dataclasses.replace(MODEL, residual="iand", stages=2), id="scs-iand"),
    pytest.param(POOLED, id="sps-add"),
])
@pytest.mark.parametrize("psum_words", [256, 30], ids=["one-band", "bands"])
def test_every_read_finds_what_was_written(make_artefact, model, psum_words):
    """Follows who owns each word of spike memory and of mask memory through the program."""
    program = compile_network(make_artefact(model),
                              dataclasses.replace(CORE, psum_words=psum_words))
    owners = np.full(CORE.spike_words, "", object), np.full(CORE.mask_words, "", object)
    for command in program.commands:
        for name in read_tensors(program, command):
            tensor = program.tensors[name]
            assert set(words(owners, tensor)) == {name}, f"{command.layer} reads {name}"
        written = written_tensor(command)
        if written:
            tensor = program.tensors[written]
            words(owners, tensor)[:] = written
            if tensor.masked:
                owners[1][tensor.mask:tensor.mask + tensor.mask_size] = written
        for name in read_tensors(program, command):
            tensor = program.tensors[name]
            assert set(words(owners, tensor)) == {name}, f"{command.layer} overwrites {name}"
            if tensor.masked and command.fields.get("masked"):
                assert set(owners[1][tensor.mask:][:tensor.mask_size]) == {name}


def words(owners, tensor):
    return owners[0][tensor.base:tensor.base + tensor.size]


def written_tensor(command):
    if command.fields.get("drain") == Drain.LOGITS:
        return None
    return command.layer


def read_tensors(program, command):
    """Names of the tensors of a command's source, key, value and residual."""
    node = next(n for n in program.graph if n.name == command.layer)
    names = [] if command.opcode == Opcode.LOAD else [command.source]
    if command.opcode == Opcode.ATTEND:
        names = list(node.inputs)
        assert [program.tensors[name].base for name in names] == [
            command.fields[field] for field in ("source", "key", "value")]
    elif command.fields.get("residual_words"):
        names.append(node.inputs[0])
    return names


@pytest.mark.parametrize("psum_words, rows", [(256, [4]), (18, [3, 1]), (13, [2, 2]),
                                              (6, [1, 1, 1, 1])])
def test_bands(make_artefact, psum_words, rows):
    """A 4x6 map of tokens: each band's addresses lie as many pixels further as rows came before."""
    core = dataclasses.replace(CORE, psum_words=psum_words)
    program = compile_network(make_artefact(MODEL), core)
    dest, stream, source = (program.tensors[name] for name in (
        "stem.0.residual", "stem.0.down", "stem.0.expand"))
    bands = [command for command in program.commands if command.layer == "stem.0.residual"]
    assert [band.fields["rows"] for band in bands] == rows
    before = 0
    for band in bands:
        fields, count = band.fields, band.fields["rows"]
        assert band.first_pixel == 6 * before
        assert fields["dest"] == dest.base + 6 * before * dest.words
        assert fields["dest_mask"] == dest.mask + 6 * before
        assert fields["residual"] == stream.base + 6 * before * stream.words
        assert fields["source"] == source.base
        # The first tap that reaches the source: the row above, unless there is none.
        top, bottom = before == 0, before + count == 4
        first_row = before if top and count == 1 else before - 1
        assert fields["start"] == first_row * 6 - 1
        assert fields["pads"] == {"top": top and count > 1, "bottom": bottom and count > 1,
                                  "left": True, "right": True}
        assert fields["taps_y"] == 2 - (top and count == 1) - (bottom and count == 1)
        before += count


def test_bands_of_a_wide_residual_stream(make_artefact):
    """A pixel of the stream has as many words as planes."""
    program = compile_network(make_artefact(MODEL), dataclasses.replace(CORE, psum_words=13))
    dest, stream = (program.tensors[name] for name in ("block.0.residual2", "block.0.residual1"))
    assert (stream.words, dest.words) == (2, 3)
    bands = [command for command in program.commands if command.layer == "block.0.residual2"]
    assert [(band.fields["residual"], band.fields["dest"]) for band in bands] == [
        (stream.base, dest.base), (stream.base + 2 * 12, dest.base + 3 * 12)]


@pytest.mark.parametrize("lanes, steps, chain, mask", [
    (4, 4, 2, 0b1111), (4, 3, 2, 0b0111), (4, 2, 1, 0b1111), (4, 1, 0, 0b1111),
    (8, 3, 2, 0b01110111), (8, 1, 0, 0b11111111), (1, 1, 0, 1)])
def test_lanes_of_steps_and_images(make_artefact, lanes, steps, chain, mask):
    program = compile_network(make_artefact(dataclasses.replace(MODEL, steps=steps)),
                              dataclasses.replace(CORE, lanes=lanes))
    assert (program.chain, program.images) == (chain, lanes >> chain)
    assert {command.fields["chain"] for command in program.commands} == {chain}
    assert {command.fields["lane_mask"] for command in program.commands} == {mask}


def test_every_node_is_computed_in_order(make_artefact):
    program = compile_network(make_artefact(POOLED), CORE)
    layers = [command.layer for command in program.commands]
    fused = {node.inputs[1] for node in program.graph if "residual" in node.name}
    assert layers == [node.name for node in program.graph if node.name not in fused]
    opcodes = [command.opcode for command in program.commands]
    assert (opcodes[0], opcodes[-1]) == (Opcode.LOAD, Opcode.CONV)
    assert program.commands[-1].fields["drain"] == Drain.LOGITS
    assert opcodes.count(Opcode.POOL) == 2 and opcodes.count(Opcode.ATTEND) == 2


@pytest.mark.parametrize("height, width, pads", [
    (15, 12, {"top": 1, "bottom": 1, "left": 1, "right": 0}),
    (14, 9, {"top": 1, "bottom": 0, "left": 1, "right": 1})])
def test_pooling_pads_where_the_window_leaves_the_map(make_artefact, height, width, pads):
    program = compile_network(
        make_artefact(dataclasses.replace(POOLED, image=(3, height, width))), CORE)
    command = next(c for c in program.commands if c.opcode == Opcode.POOL)
    assert command.fields["pads"] == pads
    assert command.fields["start"] == -width - 1
    assert (command.fields["rows"], command.fields["columns"]) == (
        (height + 1) // 2, (width + 1) // 2)


@pytest.mark.parametrize("change, fields, message", [
    pytest.param({}, {"lanes": 2}, "the network has 4 time steps, the core 2 lanes; use a core "
                 "with at least 4 lanes", id="steps"),
    pytest.param({"head_bits": 8}, {}, "layer head: a weight needs 8 bits, the core has 4; raise "
                 "weight_bits", id="weight"),
    pytest.param({}, {"accumulator_bits": 8}, "layer stem.0.down: a partial sum needs 14 bits, the "
                 "core has 8; raise accumulator_bits", id="partial-sum"),
    pytest.param({}, {"count_bits": 7}, "layer block.0.attention: an attention sum needs 8 bits, "
                 "the core has 7; raise count_bits", id="attention-sum"),
    pytest.param({}, {"fraction_bits": 3}, "layer stem.0.down: its fraction needs 4 bits, the core "
                 "has 3; raise fraction_bits", id="fraction"),
    pytest.param({"stem": "sps", "image": (3, 15, 12)}, {"pool": False}, "layer stem.pool2: the "
                 "core has no pooling unit; set pool to true", id="pool"),
    pytest.param({}, {"side": 3}, "layer stem.0.down: width is 6, beyond the 2 bits that the core "
                 "has for it; raise side", id="side"),
    pytest.param({}, {"channels": 16}, "layer stem.0.expand: groups is 2, beyond the 1 bits that "
                 "the core has for it; raise channels", id="channels"),
    pytest.param({"dim": 136, "heads": 1}, {}, "layer block.0.attention: a head of 136 channels "
                 "needs 9 words, the core holds 8; raise head_words, or use more heads or wider "
                 "words", id="long-head"),
    pytest.param({"attention_threshold": 1 << 24}, {}, "layer block.0.attention: threshold "
                 "16777216 exceeds the core's 25-bit neurons; raise accumulator_bits",
                 id="attention-threshold"),
    pytest.param({}, {"spike_words": 100}, "layer stem.0.expand: needs 72 words of spike memory "
                 "beside 48 in use, the core has 100; raise spike_words or use a smaller network",
                 id="spike-words"),
    pytest.param({}, {"mask_words": 30}, "layer stem.0.residual: needs 48 words of mask memory "
                 "beside 0 in use, the core has 30; raise mask_words or use a smaller network",
                 id="mask-words"),
    pytest.param({}, {"psum_words": 5}, "layer stem.0.down: a row of 6 pixels needs as many "
                 "partial sums, the core has 5; raise psum_words", id="row"),
])
def test_what_does_not_fit_is_refused(make_artefact, change, fields, message):
    with pytest.raises(SpikeplaneError) as error:
        compile_network(make_artefact(dataclasses.replace(MODEL, **change)),
                        dataclasses.replace(CORE, **fields))
    assert str(error.value) == message


def test_weights_of_commands_in_a_row_are_one_region(make_artefact):
    """Bands that share their weights read them again; whatever follows on joins the region."""
    program = compile_network(make_artefact(MODEL), CORE)
    regions = [c.fields["stream_words"] for c in program.commands if c.opcode == Opcode.CONV]
    assert regions[0] > 0 and not any(regions[1:])
    banded = compile_network(make_artefact(MODEL), dataclasses.replace(CORE, psum_words=6))
    convs = [c.fields for c in banded.commands if c.opcode == Opcode.CONV]
    end = None
    for fields in convs:
        joined = fields["stream_words"] == 0
        assert not joined or fields["stream_address"] < end
        if not joined:
            end = fields["stream_address"] + fields["stream_words"] * CORE.memory_bits // 8
    assert 1 < sum(fields["stream_words"] > 0 for fields in convs) < len(convs)


def test_the_least_that_fits_is_enough(make_artefact):
    """Depths of the peaks that the program reports are accepted, one less is not."""
    net = make_artefact(MODEL)
    program = compile_network(net, CORE)
    exact = {"spike_words": program.spike_words, "mask_words": program.mask_words}
    compile_network(net, dataclasses.replace(CORE, **exact))
    for field in exact:
        with pytest.raises(SpikeplaneError, match=field):
            compile_network(net, dataclasses.replace(CORE, **exact | {field: exact[field] - 1}))
