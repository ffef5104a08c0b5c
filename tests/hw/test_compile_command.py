import dataclasses
import json

import numpy as np
import pytest

from hw.compiler import compile_network
from hw.config import CORES, CoreConfig
from hw.core.layouts import COMMAND, COMMAND_BITS, Opcode
from sw import cli
from sw.contract.artefact import load, save
from sw.contract.config import preset
from sw.random_network import random_artefact

CONFIG = dataclasses.replace(preset("digits"), dim=16, depth=1, attention_threshold=1)


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    path = tmp_path_factory.mktemp("compile") / "net"
    save(random_artefact(CONFIG, seed=1, name="net"), path)
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "program"


def run(net, out, *argv):
    return cli.main(["compile", "--net", str(net), "--out", str(out), *map(str, argv)])


def written(out):
    return json.loads((out / "program.json").read_text()), (out / "memory.bin").read_bytes()


def decode(code: bytes) -> dict:
    """Fields of a command, from the layout's offsets and widths alone."""
    value = int.from_bytes(code, "little")

    def fields(layout, base):
        for name, field in layout:
            if hasattr(field.shape, "members") and not isinstance(field.shape, type):
                yield name, dict(fields(field.shape, base + field.offset))
            else:
                yield name, value >> (base + field.offset) & ((1 << field.width) - 1)

    return dict(fields(COMMAND, 0))


@pytest.mark.parametrize("core", [["--core", "small"], ["--core", "tiny", "--set", "lanes=8"]],
                         ids=["one image", "two images"])
def test_memory_holds_the_commands_that_are_listed(net, out, core):
    assert run(net, out, *core) == 0
    listing, memory = written(out)
    size = COMMAND_BITS // 8
    for k, command in enumerate(listing["commands"]):
        assert command["address"] == k * size
        assert decode(memory[k * size:][:size]) == command["fields"]
    assert decode(memory[len(listing["commands"]) * size:][:size])["opcode"] == Opcode.HALT.value


def test_memory_is_the_compilers(net, out):
    assert run(net, out, "--core", "small") == 0
    listing, memory = written(out)
    program = compile_network(load(net), CORES["small"])
    assert memory == program.memory
    parts = list(listing["memory"].values())
    assert [part["address"] for part in parts] == [
        0, *np.cumsum([part["bytes"] for part in parts])[:-1]]
    assert sum(part["bytes"] for part in parts) == len(memory)
    assert listing["memory"]["images"]["address"] == program.image_address


def test_commands_stay_within_the_memory_map(net, out):
    assert run(net, out) == 0
    listing, _ = written(out)
    weights, images = listing["memory"]["weights"], listing["memory"]["images"]
    for command in listing["commands"]:
        fields = command["fields"]
        begin = fields["stream_address"]
        end = begin + fields["stream_words"] * listing["core"]["memory_bits"] // 8
        if fields["opcode"] == Opcode.CONV.value:
            assert weights["address"] <= begin <= end <= images["address"]
            assert begin < images["address"]
        elif fields["opcode"] == Opcode.LOAD.value:
            assert images["address"] == begin and end <= begin + images["bytes"]
    for tensor in listing["tensors"].values():
        size = tensor["groups"] * tensor["height"] * tensor["width"] * tensor["words"]
        assert tensor["base"] + size <= listing["on_chip"]["spike_words"]


def test_every_layer_is_listed(net, out):
    assert run(net, out) == 0
    listing, _ = written(out)
    artefact = load(net)
    assert {c["layer"] for c in listing["commands"]} | {
        c["neurons"] for c in listing["commands"] if c["neurons"]} == {
        node.name for node in artefact.graph}


def test_operations_and_cycles_add_up(net, out):
    assert run(net, out, "--core", "tiny", "--set", "psum_words=8") == 0  # several bands
    listing, _ = written(out)
    artefact = load(net)
    by_layer: dict[str, int] = {}
    for command in listing["commands"]:
        by_layer[command["neurons"]] = by_layer.get(command["neurons"], 0) + command["operations"]
    for node in artefact.graph:
        if hasattr(node, "kernel"):
            # Every source pixel that a tap meets, found by convolving ones with ones.
            ones = np.pad(np.ones(node.in_shape[1:], int), node.pad)
            windows = np.lib.stride_tricks.sliding_window_view(ones, (node.kernel,) * 2)
            met = windows[::node.stride, ::node.stride].sum()
            assert by_layer[node.name] == node.shape[0] * node.in_shape[0] * met * CONFIG.steps
    last = listing["commands"][-1]
    assert listing["prediction"]["cycles"] == last["begin"] + last["cycles"]
    assert listing["prediction"]["operations"] == sum(by_layer.values())


def test_worst_case_is_no_faster_than_the_known_answers(net, out, capsys):
    cycles = {}
    for argv in ([], ["--worst-case"]):
        assert run(net, out, *argv) == 0
        listing, _ = written(out)
        cycles[listing["prediction"]["planes"]] = listing["prediction"]["cycles"]
    assert cycles["known answers"] < cycles["all"]
    text = capsys.readouterr().out
    assert "predicted with the first known answers, memory latency 16" in text
    assert "predicted with every plane counted, memory latency 16" in text


def test_slow_memory_costs_cycles(net, out):
    cycles = []
    for interval in (1, 8):
        assert run(net, out, "--interval", interval) == 0
        cycles.append(written(out)[0]["prediction"]["cycles"])
    assert cycles[0] < cycles[1]


def test_table_fits_the_terminal(net, out, capsys):
    assert run(net, out, "--clock", 10) == 0
    listing, _ = written(out)
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert max(len(line) for line in lines if str(out) not in line) <= 80
    rows = lines[lines.index("") + 3:][:len(listing["commands"])]
    for row, command in zip(rows, listing["commands"], strict=True):
        assert row.split()[0] == (command["neurons"] or command["layer"])
        assert str(command["cycles"]) in row.split()
    assert f"at 10 MHz {10e6 / listing['prediction']['cycles']:,.1f} images/s" in text


def test_core_comes_from_a_file(net, out, tmp_path):
    config = dataclasses.replace(CORES["tiny"], queries=4)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(config.to_dict()))
    assert run(net, out, "--core", path, "--set", "psum_words=32") == 0
    core = written(out)[0]["core"]
    assert core.pop("digest") == dataclasses.replace(config, psum_words=32).digest
    assert CoreConfig.from_dict(core) == dataclasses.replace(config, psum_words=32)


@pytest.mark.parametrize("change, message", [
    (lambda core: core | {"speed": 3}, "core config: unknown field 'speed'"),
    (lambda core: {k: v for k, v in core.items() if k != "lanes"},
     "core config: field 'lanes' is missing"),
    (lambda core: core | {"lanes": 4.0}, "core config: lanes must be an integer, not 4.0"),
    (lambda core: core | {"lanes": True}, "core config: lanes must be an integer, not True"),
    (lambda core: [core], "core config: must be an object, not [{"),
    (lambda core: None, "core config: must be an object, not None"),
], ids=["unknown", "missing", "float", "bool", "list", "null"])
def test_bad_core_file_is_refused(net, out, tmp_path, capsys, change, message):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(change(CORES["tiny"].to_dict())))
    refused(net, out, capsys, ["--core", path], f"core {path}: {message}")


def test_core_file_that_is_no_json_is_refused(net, out, tmp_path, capsys):
    path = tmp_path / "mine.json"
    path.write_text("lanes: 4")
    refused(net, out, capsys, ["--core", path], f"core {path}: mine.json: not JSON")


def refused(net, out, capsys, argv, message):
    """The verb says one sentence and writes nothing."""
    before = sorted(out.parent.iterdir())
    assert run(net, out, *argv) == 1
    output, error = capsys.readouterr()
    assert output == ""
    assert message in error and error.startswith("spikeplane: ") and error.count("\n") == 1
    assert sorted(out.parent.iterdir()) == before


@pytest.mark.parametrize("argv, message", [
    (["--core", "huge"], f"unknown core 'huge'; choose one of {', '.join(CORES)}\n"),
    (["--core", "none.json"], "none.json: cannot be read: No such file"),
    (["--set", "speed=3"], ("--set speed=3: must be FIELD=VALUE with an integer, true or false, "
                            "and a field of")),
    (["--set", "lanes=four"], "--set lanes=four: must be FIELD=VALUE with an integer, true or"),
    (["--set", "lanes=3"], "core config: lanes must be 1, 2, 4 or 8, not 3"),
    (["--set", "psum_words=100000"], "core config: psum_words must be 4 to 65536"),
    (["--set", "lanes=2"], "4 time steps, the core 2 lanes; use a core with at least 4 lanes"),
    (["--set", "spike_words=16"], "words of spike memory beside"),
    (["--core", "small", "--set", "mask_words=4"],
     "needs 16 words of mask memory beside 0 in use, the core has 4; raise mask_words"),
    (["--set", "accumulator_bits=8"], "the core has 8; raise accumulator_bits"),
    (["--set", "count_bits=4"], "the core has 4; raise count_bits"),
    (["--latency", "0"], "--latency must be at least 1, not 0"),
    (["--interval", "0"], "--interval must be at least 1, not 0"),
    (["--clock", "0"], "--clock must be a frequency in MHz, not 0.0"),
    (["--clock", "nan"], "--clock must be a frequency in MHz, not nan"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_what_does_not_fit_is_refused(net, out, capsys, argv, message):
    refused(net, out, capsys, argv, message)


def test_partial_sums_of_a_row_must_fit(out, tmp_path_factory, capsys):
    path = tmp_path_factory.mktemp("wide") / "net"
    config = dataclasses.replace(CONFIG, image=(1, 4, 16))
    save(random_artefact(config, seed=1, name="net"), path)
    refused(path, out, capsys, ["--set", "psum_words=4"],
            "layer stem.0.down: a row of 8 pixels needs as many partial sums, the core has 4; "
            "raise psum_words")


def test_wide_weights_are_refused(out, tmp_path_factory, capsys):
    path = tmp_path_factory.mktemp("w8") / "net"
    save(random_artefact(dataclasses.replace(CONFIG, weight_bits=8), seed=1, name="net"), path)
    refused(path, out, capsys, [], "layer stem.0.down: a weight needs 8 bits, the core has 4; "
            "raise weight_bits")


def test_number_beyond_its_field_is_refused(out, tmp_path_factory, capsys):
    path = tmp_path_factory.mktemp("large") / "net"
    config = dataclasses.replace(CONFIG, stem="sps", image=(1, 300, 300), image_bits=1, dim=8,
                                 heads=2, pools=(True, True, True, True), depth=1, mlp_ratio=1)
    save(random_artefact(config, seed=1, name="net", images=1), path)
    refused(path, out, capsys,
            ["--set", "spike_words=1000000", "--set", "mask_words=200000",
             "--set", "psum_words=1024", "--set", "side=255"],
            "layer stem.conv0: width is 300, beyond the 8 bits that the core has for it; raise "
            "side")


def test_unknown_network_is_refused(out, capsys):
    refused("nowhere", out, capsys, [], "no artefact 'nowhere'; give a directory or one of ")


def test_program_is_replaced_and_anything_else_is_not(net, out, capsys):
    assert run(net, out) == 0
    assert run(net, out, "--core", "tiny") == 0
    assert written(out)[0]["core"]["word_channels"] == 8
    (out / "notes").write_text("mine")
    assert run(net, out) == 1
    assert "exists and is not a compiled program; remove it or choose" in capsys.readouterr().err
    assert (out / "notes").read_text() == "mine"
    assert written(out)[0]["core"]["word_channels"] == 8
