"""The self-test on a simulated board: what it proves, and what it says when something is wrong."""
import dataclasses
import json

import numpy as np
import pytest

from hw.compiler import compile_network
from sim.board import board_test, network, selftest
from sim.board.board_test import BoardTest
from sim.board.counters import expected_counters
from sim.board.link_model import LinkModel
from sim.board.memory_check import exercise_memory
from sim.board.network import BoardNetwork
from sim.board.simulated import BAUD
from sim.board.virtual_port import VirtualPort
from sim.small import SMALL_CORE, small_artefact
from sw import cli, golden
from sw.contract.artefact import save
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.host import Board, Connection, LinkError, Port
from sw.random_network import random_artefact

POOLED = ModelConfig(stem="sps", image=(1, 17, 17), pools=(True, True, False, False), dim=16,
                     depth=1, heads=2, steps=3, residual="iand", attention_threshold=2,
                     mlp_ratio=2)


def quiet(total, what):
    return lambda done: None


@pytest.fixture
def net(tmp_path):
    save(small_artefact(), tmp_path / "net")
    return str(tmp_path / "net")


@pytest.fixture
def verb(running, net, tmp_path):
    """``verb(*options)`` runs the self-test through the board's serial port: (status, report)."""
    running.reset()

    def run(*options):
        out = tmp_path / "report.json"
        status = cli.main(["selftest", "--port", running.path, "--baud", str(BAUD), "--net", net,
                           "--out", str(out), *options])
        return status, json.loads(out.read_text())

    return run


def model_board(**options):
    return Board(Connection(VirtualPort(LinkModel(**options)), timeout=0.1))


def test_board_passes(verb, capsys):
    status, report = verb()
    lines = capsys.readouterr().out.splitlines()
    artefact = small_artefact()
    assert status == 0 and report["passed"] is True
    assert lines[0].startswith("board sim: 64 synaptic operations per cycle, 1 MHz, 262,144 bytes")
    compared = {layer["name"]: layer["compared"] for layer in report["layers"]}
    want = {name: array.size for name, array in artefact.vectors.items()}
    assert compared == want | {"image": compared["image"]}
    assert report["logits"] == 50 and report["images"] == 5 and report["answers"] == 5
    assert report["counters"] == 3 * sum(
        len(expected) for *_, expected in expected_counters(
            compile_network(artefact, SMALL_CORE), artefact.vectors))
    assert lines[-1] == (f"PASS: {sum(compared.values())} values, 50 logits and "
                         f"{report['counters']} counters compared, 0 differences")


def test_wrong_spike_is_named(verb, net, capsys, monkeypatch):
    artefact = small_artefact()
    save(dataclasses.replace(artefact, vectors={
        name: array[:1] for name, array in artefact.vectors.items()}), net)

    def flipped(*args):
        layers = dict(board_expected(*args))
        layers["block.0.q"] = layers["block.0.q"].copy()
        layers["block.0.q"][0, 1, 3, 1, 0] ^= 1
        return layers

    board_expected = board_test.expected_layers
    monkeypatch.setattr(board_test, "expected_layers", flipped)
    status, report = verb("--images", "1")
    lines = capsys.readouterr().out.splitlines()
    first = "block.0.q: image 0, step 1, token 2 (y 1, x 0), channel 3: expected"
    assert status == 1 and report["passed"] is False
    assert any(line.startswith(f"first difference: {first}") for line in lines)
    assert lines[-1].startswith("FAIL: ") and lines[-1].endswith(", 1 differences")


@pytest.mark.parametrize("config", [pytest.param(POOLED, id="sps-iand-t3")])
def test_other_networks_pass_layer_by_layer(running, config):
    """Bands, pooling, hidden spikes, an idle lane: on the same core."""
    running.reset()
    artefact = random_artefact(config, 1, images=1)
    with Board.open(running.path, BAUD) as board:
        test = BoardTest(BoardNetwork(board, artefact), quiet)
        compared = test.answers()
        whole = test.images(artefact.vectors["image"])
    commands = test.program.commands
    assert len({command.first_pixel for command in commands}) > 1
    hidden = {node.inputs[1] for node in artefact.graph if type(node).__name__ == "Residual"}
    assert [layer.name for layer in compared.layers] == [
        node.name for node in artefact.graph if node.name not in hidden]
    assert compared.differences == 0 and whole.differences == 0 and whole.wrong == ()


def test_wrong_counter_is_named():
    class Network:
        artefact = small_artefact()
        program = compile_network(artefact, SMALL_CORE)
        filled = BoardNetwork.filled

    test = BoardTest(Network(), quiet)
    images = Network.artefact.vectors["image"][:1]
    layers = golden.run(Network.artefact, test.network.filled(images))
    records = np.zeros(len(Network.program.commands), [
        (name, "<u4") for name in ("index", "opcode", "spikes", "compute", "skipped")])
    for index, _, want in expected_counters(Network.program, layers):
        for name, value in want.items():
            records[name.split(" + ")[0]][index] = value
    compared, wrong = test.counters(0, images, records)
    assert wrong == [] and compared > 2 * len(records)
    records["spikes"][2] += 1
    records["skipped"][1] += 1
    _, wrong = test.counters(4, images, records)
    assert [line.partition(": expected")[0] for line in wrong] == [
        "image 4, command 1 (stem.0.down): compute + skipped",
        "image 4, command 2 (stem.0.expand): spikes"]


def test_wrong_logit_fails():
    artefact = small_artefact()

    class Network:
        program = compile_network(artefact, SMALL_CORE)
        filled = BoardNetwork.filled

        def run(self, images):
            logits = golden.run(artefact, images)["head"]
            logits[0, 3] += 1
            return network.Outcome(logits, np.zeros(0, np.int64), 100)

    Network.artefact = artefact
    test = BoardTest(Network(), quiet)
    test.counters = lambda *_: (0, [])
    assert test.images(artefact.vectors["image"]).differences == 3  # of every batch


@pytest.mark.parametrize("bit", [3, 9, 11])
def test_memory_with_a_broken_address_line_is_found(bit):
    board = model_board()
    write = board.connection.port.board._write

    def broken(payload, busy):
        address = int.from_bytes(payload[:4], "little") & ~(1 << bit)
        return write(address.to_bytes(4, "little") + payload[4:], busy)

    board.connection.port.board._write = broken
    with pytest.raises(LinkError, match=r"^the board's memory is faulty: byte 0x[0-9a-f]+ was wr"):
        exercise_memory(board, 1)


def test_good_memory_is_tried_at_every_power_of_two():
    board = model_board()
    addresses = []
    write = board.write
    board.write = lambda address, data: addresses.append(address) or write(address, data)
    assert exercise_memory(board, 1) == 1024 + 1024 + 2 * 2
    assert addresses == [0, 3072, 1024, 2048]


def test_damaged_upload_is_blamed_on_the_memory(monkeypatch):
    monkeypatch.setattr(LinkModel, "CORE", SMALL_CORE)
    board = model_board(memory_bytes=1 << 16)
    test = BoardTest(BoardNetwork(board, small_artefact()), quiet)
    test.network.upload()
    test.read_back()
    board.connection.port.board.memory[70] ^= 4
    with pytest.raises(LinkError, match=r"faulty: byte 0x46 was written 0x[0-9a-f]+ and reads 0x"):
        test.read_back()


def test_network_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(LinkModel, "CORE", SMALL_CORE)
    with pytest.raises(SpikeplaneError, match=r"^network small needs [0-9,]+ bytes of memory with "
                                              "its log, the board model has 4,096: use a smaller"):
        BoardNetwork(model_board(), small_artefact())


@pytest.mark.parametrize("change, message", [
    ({"core_digest": "0" * 16}, "its core has digest 0000000000000000, its fields "),
    ({"core": SMALL_CORE.to_dict() | {"planes": 3}}, "core config: unknown field 'planes'; "),
])
def test_core_of_another_version_is_refused(change, message):
    board = model_board()
    values = json.loads(board.connection.port.board.identity) | change
    board.connection.port.board.identity = json.dumps(values).encode()
    with pytest.raises(LinkError, match=f"^identity of the board: {message}.*flash one"):
        BoardNetwork(Board(Connection(board.connection.port)), small_artefact())


def test_run_without_all_records_is_refused(monkeypatch):
    monkeypatch.setattr(LinkModel, "CORE", SMALL_CORE)
    network = BoardNetwork(model_board(memory_bytes=1 << 16), small_artefact())
    with pytest.raises(LinkError, match="the board executed 1 commands, not 15: its pr"):
        network.run(small_artefact().vectors["image"][:1])


@pytest.mark.parametrize("options, message", [
    ([], "give --board (sim, icebreaker, "),
    (["--board", "simpleton"], "unknown board 'simpleton'; choose one of"),
    (["--board", "sim", "--port", "/dev/null"], "--board sim simulates a board of its own: leave"),
    (["--port", "/dev/null", "--core", "tiny"], "--core is for board sim alone: a real board tell"),
    (["--port", "/nowhere"], "port /nowhere cannot be opened: there is no such port: plug"),
    (["--board", "sim", "--core", "huge"], "unknown core 'huge'; choose one of"),
    (["--board", "sim", "--net", "nowhere"], "no artefact 'nowhere'; give a directory or one of"),
    (["--board", "sim", "--images", "9999"], "--images must be `all` or 1 to 360 for digits-w4"),
])
def test_impossible_wishes_are_one_sentence(capsys, options, message, tmp_path):
    out = tmp_path / "report.json"
    assert cli.main(["selftest", "--out", str(out), *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"spikeplane: {message}") and error.count("\n") == 1
    assert not out.exists()


def test_other_board_than_asked_for_is_refused(running, capsys, net):
    pytest.importorskip("amaranth_boards")
    running.reset()
    assert cli.main(["selftest", "--board", "icebreaker", "--port", running.path, "--baud",
                     str(BAUD), "--net", net]) == 1
    assert capsys.readouterr().err == (
        f"spikeplane: the board at {running.path} is 'sim', not 'icebreaker': give another --port, "
        "or flash it for this board\n")


@pytest.mark.parametrize("present, message", [
    ([], "which port is that of icebreaker? 0 of its kind are connected (serial ports on USB: n"),
    (["0403:6010", "0403:6010"], "2 of its kind are connected (serial ports on USB: tty0, tty1)"),
    (["1234:5678"], "0 of its kind are connected (serial ports on USB: tty0); give it with --port"),
    (["1234:5678", "0403:6010"], "port tty1 cannot be opened: there is no such port"),
])
def test_port_is_found_by_its_bridge(present, message, capsys, monkeypatch):
    pytest.importorskip("amaranth_boards")

    class Found:
        def __init__(self, number, usb):
            self.device = f"tty{number}"
            self.vid, self.pid = (int(part, 16) for part in usb.split(":"))

    monkeypatch.setattr("serial.tools.list_ports.comports",
                        lambda: [Found(*item) for item in enumerate(present)])
    assert cli.main(["selftest", "--board", "icebreaker"]) == 1
    assert message in capsys.readouterr().err


def test_interrupted_test_leaves_a_board_that_can_be_used(running, net, monkeypatch):
    running.reset()
    left = 5

    def interrupt(*_):
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt

    monkeypatch.setattr(selftest, "Progress", lambda total, what: interrupt)
    options = ["selftest", "--port", running.path, "--baud", str(BAUD), "--net", net]
    assert cli.main(options) == 130
    with Board(Connection(Port(running.path, BAUD), timeout=1.0)) as board:
        assert not board.status().busy
