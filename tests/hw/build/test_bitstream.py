"""The directory of a bitstream: written whole, read back, checked."""
import gzip
import hashlib
import json

import pytest

from hw.boards import find_board
from hw.build import bitstream
from hw.build.plan import Plan
from hw.build.report import Clock, Report, Use
from sw.contract.errors import SpikeplaneError

REPORT = Report({"LUTs": Use(1, 2)}, (Clock("clk", 20.0, 18.0),), None)
NETWORK = {"name": "net", "memory_bytes": 10, "digest": "0" * 64}


@pytest.fixture(autouse=True)
def versions(monkeypatch):
    """Those of tools that need not be installed."""
    monkeypatch.setattr(bitstream, "versions", lambda names: dict.fromkeys(names, "1.0"))


@pytest.fixture
def save(tmp_path):
    def save(name, content=b"bits", target=None):
        board = find_board(name)
        product = tmp_path / "products" / board.family.product
        product.parent.mkdir(exist_ok=True)
        product.write_bytes(content)
        build = bitstream.Build(board, 7, product.parent, Plan({"top.il": ""}, [["yosys"]]), REPORT)
        directory = target or tmp_path / f"net-{name}"
        bitstream.save_bitstream(build, board.system("0123456789ab"), NETWORK,
                                 {"core": {"logic": 1, "memory": 0}}, b"png", directory)
        return directory
    return save


def test_manifest_names_everything(save):
    directory = save("icebreaker")
    assert {path.name for path in directory.iterdir()} == {
        "icebreaker.bin", "manifest.json", "report.json", "placement.png"}
    manifest = bitstream.load_manifest(directory)
    board = find_board("icebreaker")
    assert manifest["sha256"] == hashlib.sha256(b"bits").hexdigest()
    assert (manifest["seed"], manifest["revision"]) == (7, "0123456789ab")
    assert manifest["system"]["core"] == board.core.to_dict()
    assert manifest["network"] == NETWORK
    assert manifest["tools"] == {"yosys": "1.0"}
    report = json.loads((directory / "report.json").read_text())
    assert report["resources"] == {"LUTs": {"used": 1, "available": 2}}
    assert report["components"] == {"core": {"logic": 1, "memory": 0}}


def test_text_is_kept_compressed_and_named_by_what_it_says(save):
    directory = save("tang_primer_20k", b"0101")
    stored = directory / "tang_primer_20k.fs.gz"
    assert gzip.decompress(stored.read_bytes()) == b"0101"
    manifest = bitstream.load_manifest(directory)
    assert manifest["sha256"] == hashlib.sha256(b"0101").hexdigest()
    assert bitstream.product_bytes(directory, manifest) == b"0101"
    first = stored.read_bytes()
    assert (save("tang_primer_20k", b"0101") / "tang_primer_20k.fs.gz").read_bytes() == first


def test_a_bitstream_is_replaced_and_nothing_else(save, tmp_path):
    save("icebreaker", b"old")
    directory = save("icebreaker", b"new")
    assert (directory / "icebreaker.bin").read_bytes() == b"new"
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(SpikeplaneError, match="exists and is not a bitstream"):
        save("icebreaker", target=other)
    assert (other / "thesis.txt").read_text() == "mine"


def test_changed_file_is_found(save):
    directory = save("icebreaker")
    (directory / "icebreaker.bin").write_bytes(b"bitz")
    with pytest.raises(SpikeplaneError, match=r"icebreaker.bin has SHA-256 \w{16}\.\.\., and the "
                       r"manifest says .*; restore it from git, or build it again"):
        bitstream.load_manifest(directory)


def test_missing_bitstream(tmp_path):
    with pytest.raises(SpikeplaneError, match=r"net-x: no bitstream is there; build it"):
        bitstream.load_manifest(tmp_path / "net-x")


@pytest.mark.parametrize("text", ["{}", "[]", '{"schema": "other"}'])
def test_other_manifest(save, text):
    directory = save("icebreaker")
    (directory / "manifest.json").write_text(text)
    with pytest.raises(SpikeplaneError, match="is not that of a bitstream"):
        bitstream.load_manifest(directory)


def test_project_for_a_vendor(tmp_path):
    board = find_board("arty_a7")
    plan = Plan({"top.v": "module", "top.tcl": "run"}, [])
    for name in ("one", "two"):
        bitstream.save_project(board, plan, board.system("0123456789ab"), NETWORK, tmp_path / name)
    one, two = ((tmp_path / name / "arty_a7.zip").read_bytes() for name in ("one", "two"))
    assert one == two
    manifest = bitstream.load_manifest(tmp_path / "one")
    assert manifest["built"].startswith("not here: Vivado")


COMMITTED = sorted(path for path in bitstream.BITSTREAMS.iterdir() if path.is_dir())


@pytest.mark.parametrize("directory", COMMITTED, ids=lambda path: path.name)
def test_committed_bitstreams_are_what_their_manifests_say(directory):
    manifest = bitstream.load_manifest(directory)
    assert directory.name == f"{manifest['network']['name']}-{manifest['board']}"
    assert "-dirty" not in manifest["revision"]
    if "built" not in manifest:
        report = json.loads((directory / "report.json").read_text())
        assert all(clock["achieved"] >= clock["wanted"] for clock in report["clocks"])
