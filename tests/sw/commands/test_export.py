import json
import os

import numpy as np
import pytest

from sw import cli
from sw.contract.artefact import load
from sw.contract.config import ModelConfig, preset

TINY = ["--set", "dim=16", "--set", "depth=1", "--set", "attention_threshold=1"]


def export(*argv):
    return cli.main(["export", *map(str, argv)])


def test_random_network_is_written_and_loads(tmp_path, capsys):
    assert export("--random", 4, *TINY, "--images", 3, "--out", tmp_path / "net") == 0
    artefact = load(tmp_path / "net")
    assert artefact.name == "net"
    assert artefact.config == ModelConfig.from_dict(
        preset("digits").to_dict() | {"dim": 16, "depth": 1, "attention_threshold": 1})
    assert len(artefact.vectors["image"]) == 3
    weights = sum(a.size for a in artefact.tensors.values())
    assert capsys.readouterr().out == (
        f"{tmp_path / 'net'}: net, 15 layers, {weights} parameters, 3 known answers\n")


def test_seed_name_and_config_file(tmp_path):
    config = {"stem": "sps", "image": [3, 9, 12], "dim": 16, "heads": 2, "steps": 2}
    (tmp_path / "config.json").write_text(json.dumps(config))
    argv = ["--config", tmp_path / "config.json", "--set", "residual=iand", "--name", "odd"]
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert export("--random", seed, *argv, "--out", tmp_path / name) == 0
    a, b, c = (load(tmp_path / name) for name in "abc")
    assert (a.name, a.config.stem, a.config.image, a.config.residual) == (
        "odd", "sps", (3, 9, 12), "iand")
    assert np.array_equal(a.tensors["head.weight"], b.tensors["head.weight"])
    assert not np.array_equal(a.tensors["head.weight"], c.tensors["head.weight"])


@pytest.mark.parametrize("argv, message", [
    (["--random", "1", "--preset", "imagenet"], "unknown preset 'imagenet'; choose one of digits"),
    (["--random", "1", "--set", "steps"], "--set steps: must be FIELD=VALUE with a field of stem,"),
    (["--random", "1", "--set", "step=2"], "--set step=2: must be FIELD=VALUE with a field of"),
    (["--random", "1", "--set", "steps=two"], "model config: steps must be from 1 to 64, not"),
    (["--random", "1", "--set", "image=[1,8]"], "model config: image must be a (channels, "),
    (["--random", "1", "--config", "none.json"], "config none.json: cannot be read: No such file"),
    (["--random", "1", "--config", "bad.json"], "config bad.json: not JSON: "),
    (["--random", "1", "--config", "list.json"], "config list.json: must be a JSON object"),
    (["--random", "-1"], "--random must be a seed of at least 0, not -1"),
    (["--random", "1", "--images", "0"], "--images must be at least 1, not 0"),
    (["--random", "1", "--name", "a b"], "artefact: name must be up to 64 letters"),
    (["--run", "x", "--preset", "digits"], "--preset, --config and --set go with --random"),
    (["--random", "1", "--set", "attention_threshold=4000"],
     "layer block.0.attention: fires at 0.0%"),
], ids=["preset", "no-value", "field", "value", "shape", "no-file", "no-json", "no-object", "seed",
        "images", "name", "run", "dead"])
def test_errors_are_one_line_and_leave_nothing(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "list.json").write_text("[1]")
    assert export(*argv, "--out", "net") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"spikeplane: {message}") and err.count("\n") == 1
    assert sorted(os.listdir(tmp_path)) == ["bad.json", "list.json"]


def test_directory_of_the_user_is_kept(tmp_path, capsys):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "thesis.tex").write_text("precious")
    assert export("--random", 1, *TINY, "--out", tmp_path / "net") == 1
    assert "exists and is not an artefact" in capsys.readouterr().err
    assert os.listdir(tmp_path / "net") == ["thesis.tex"]


def test_artefact_at_another_number_of_steps(tmp_path):
    assert export("--random", 4, *TINY, "--images", 3, "--out", tmp_path / "net") == 0
    assert export("--net", tmp_path / "net", "--set", "steps=2", "--out", tmp_path / "two") == 0
    net, two = load(tmp_path / "net"), load(tmp_path / "two")
    assert (two.name, two.config.steps) == ("two", 2)
    assert np.array_equal(two.vectors["image"], net.vectors["image"][:2])
    assert np.array_equal(two.vectors["block.0.fc2"], net.vectors["block.0.fc2"][:2, :2])


@pytest.mark.parametrize("argv, message", [
    ([], "give --set steps=T and no other field"),
    (["--set", "dim=8"], "give --set steps=T and no other field"),
    (["--set", "steps=2", "--set", "dim=8"], "give --set steps=T and no other field"),
    (["--set", "steps=2", "--preset", "digits"], "give --set steps=T and no other field"),
    (["--set", "steps=2", "--images", "9"], "--images 9: artefact net has 2 images to keep"),
    (["--set", "steps=0"], "steps must be from 1 to 64, not 0"),
])
def test_bad_other_steps(tmp_path, argv, message, capsys):
    assert export("--random", 4, *TINY, "--out", tmp_path / "net") == 0
    assert export("--net", tmp_path / "net", *argv, "--out", tmp_path / "out") == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
