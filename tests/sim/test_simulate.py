"""The verbs sim, report, bench and matrix from the command line."""
import json

import numpy as np
import pytest

from sim import benchmark, network_bench, run_matrix, simulate
from sim.report import Report
from sim.small import SMALL_CORE, small_artefact
from sw import cli, golden
from sw.contract.artefact import save
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.random_network import random_artefact


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Directory of the small network; the core preset `small` is the small core."""
    monkeypatch.setitem(simulate.core.__globals__["CORES"], "small", SMALL_CORE)
    save(small_artefact(), tmp_path / "net")
    return tmp_path / "net"


def flip_a_spike(monkeypatch):
    run = golden.run

    def other(artefact, pixels):
        layers = run(artefact, pixels)
        layers["block.0.q"] = 1 - layers["block.0.q"]
        return layers

    monkeypatch.setattr(network_bench.golden, "run", other)


def test_sim_prints_table_and_writes_report_and_figures(small, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["sim", "--net", str(small), "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("small: 5 images on core small (64 synaptic operations per cycle)")
    report = Report.read(out / "report.json")
    assert lines[-1] == f"5 images, {report.spikes} spikes compared, 0 differences"
    assert report.images == 5 and report.differences == 0 and report.correct is None
    assert {path.name for path in out.iterdir()} == {
        "report.json", "raster.png", "rates.png", "cycles.png"}
    manifest = json.loads((small / "manifest.json").read_text())
    assert report.artefact_digest == manifest["digest"]

    assert cli.main(["report", "--out", str(out)]) == 0
    assert report.table() in capsys.readouterr().out


def test_difference_fails_and_is_traced_when_asked(small, tmp_path, capsys, monkeypatch):
    flip_a_spike(monkeypatch)
    out = tmp_path / "out"
    assert cli.main(["sim", "--net", str(small), "--images", "2", "--out", str(out),
                     "--waves"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("first difference: block.0.q: image 0, step 0,") for line in lines)
    assert lines[-1].endswith(" differences") and not lines[-1].endswith(" 0 differences")
    save_file = (out / "waves.vcd.gtkw").read_text()
    assert "bench.core.tap.valid" in save_file and (out / "waves.vcd").stat().st_size > 10_000


@pytest.mark.parametrize("options, message", [
    (["--net", "nowhere"], "no artefact 'nowhere'; give a directory or one of cifar10"),
    (["--images", "6"], "--images must be `all` or 1 to 5 for small, not '6'"),
    (["--images", "0"], "--images must be `all` or 1 to 5 for small, not '0'"),
    (["--images", "-1"], "--images must be `all` or 1 to 5 for small, not '-1'"),
    (["--images", "some"], "--images must be `all` or 1 to 5 for small, not 'some'"),
    (["--core", "huge"], "unknown core 'huge'; choose one of"),
    (["--jobs", "0"], "--jobs must be at least 1, not 0"),
    (["--latency", "0"], "external memory: latency must be an integer of at least 1, not 0"),
    (["--stall", "1"], "external memory: stall must be at least 0 and below 1, not 1.0"),
])
def test_impossible_wishes_are_one_sentence(small, tmp_path, capsys, options, message):
    out = tmp_path / "out"
    assert cli.main(["sim", "--net", str(small), "--out", str(out), *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"spikeplane: {message}") and error.count("\n") == 1
    assert not out.exists()


def test_no_compiler_is_one_sentence(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sim.build.find_toolchain", missing_compiler)
    out = str(tmp_path / "o")
    assert cli.main(["sim", "--net", str(small), "--images", "1", "--out", out]) == 1
    assert capsys.readouterr().err == "spikeplane: no C++ compiler on the path; install one\n"


def missing_compiler():
    raise SpikeplaneError("no C++ compiler on the path; install one")


def test_failing_figures_leave_the_former_report(small, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.json").write_text("former")

    def fail(*args):
        raise SpikeplaneError("no")

    monkeypatch.setattr(simulate, "draw_raster", fail)
    assert cli.main(["sim", "--net", str(small), "--images", "1", "--out", str(out)]) == 1
    assert (out / "report.json").read_text() == "former"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("out")] == ["out"]


def test_all_images_are_those_of_the_test_set():
    artefact = simulate.load(simulate.find("digits-w4"))
    images, labels = simulate.select_images(artefact, "all")
    assert len(images) == len(labels) == 360
    few, few_labels = simulate.select_images(artefact, None)
    np.testing.assert_array_equal(few, images[:32])
    np.testing.assert_array_equal(few_labels, labels[:32])


def test_bench_reports_speed_and_utilisation(small, capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "_network", lambda name, images: small)
    assert cli.main(["bench", "--core", "small"]) == 0
    out = capsys.readouterr().out
    assert "M verified operations/s" in out and "utilisation of the array: " in out


def test_bench_wants_an_image(capsys):
    assert cli.main(["bench", "--images", "0"]) == 1
    assert capsys.readouterr().err == "spikeplane: --images must be at least 1, not 0\n"


@pytest.mark.parametrize("options, column", [
    pytest.param([], "%", id="predicted"), pytest.param(["--rough"], "", id="rough")])
def test_matrix_counts_networks(capsys, monkeypatch, options, column):
    monkeypatch.setattr(run_matrix, "CASES", run_matrix.CASES[:1])
    assert cli.main(["matrix", "--extra", "0", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "SEED=1" and str(run_matrix.CASES[0]) in lines[2]
    assert lines[2].endswith("%") is bool(column)
    assert lines[-1].startswith("1 networks, ") and lines[-1].endswith(", 0 networks failed")


def test_matrix_fails_on_a_wrong_prediction(capsys, monkeypatch):
    monkeypatch.setattr(run_matrix, "CASES", run_matrix.CASES[:1])
    monkeypatch.setattr(run_matrix, "prediction_error", lambda run: 0.021)
    assert cli.main(["matrix", "--extra", "0"]) == 1
    assert capsys.readouterr().out.endswith(" 1 networks failed\n")


def test_matrix_refuses_negative_extras(capsys):
    assert cli.main(["matrix", "--extra", "-1"]) == 1
    assert capsys.readouterr().err == "spikeplane: --extra must be at least 0, not -1\n"


@pytest.mark.parametrize("fields, name", [
    ({}, "small"), ({"weight_bits": 8, "head_bits": 8}, "small-w8"),
    ({"dim": 320, "steps": 4, "mlp_ratio": 1}, "medium")])
def test_default_core_is_the_first_that_the_network_fits(fields, name):
    config = ModelConfig(**{"dim": 32, "expansion": 1, "mlp_ratio": 1} | fields)
    assert simulate.default_core(random_artefact(config, 1)) == name


def test_network_that_fits_no_core_is_refused():
    artefact = random_artefact(ModelConfig(dim=32, expansion=1, mlp_ratio=1, steps=8), 1)
    with pytest.raises(SpikeplaneError, match=r"fits none of the cores small, medium, small-w8: "
                       r"the network has 8 time steps.*; give one of your own with --core"):
        simulate.default_core(artefact)
