import dataclasses

import numpy as np
import pytest

from sw import cli, data
from sw.contract.artefact import load, save
from sw.contract.config import preset
from sw.golden import at_steps, classify, run
from sw.random_network import random_artefact


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    config = dataclasses.replace(preset("digits"), dim=16, depth=1, attention_threshold=1)
    artefact = random_artefact(config, seed=1, name="net")
    path = tmp_path_factory.mktemp("golden") / "net"
    save(dataclasses.replace(artefact, training={"dataset": "digits"}), path)
    return path


def golden(*argv):
    return cli.main(["golden", *map(str, argv)])


def test_known_answers_are_checked_layer_by_layer(directory, capsys):
    artefact = load(directory)
    assert golden(directory) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    table = {line.split()[0]: line.split()[1:] for line in lines[2:-1]}
    assert list(table) == [node.name for node in artefact.graph[1:]]
    spikes = 0
    for node in artefact.graph[1:-1]:
        array = artefact.vectors[node.name]
        rate = f"{array.mean() / node.levels:.1%}"
        assert table[node.name] == ["x".join(map(str, node.shape)), str(array.size), rate, "0"]
        spikes += array.size
    assert lines[-1] == f"2 images, {spikes} spikes compared, 0 differences"


def test_wrong_known_answer_is_named_and_fails(directory, tmp_path, capsys):
    artefact = load(directory)
    vectors = {name: array.copy() for name, array in artefact.vectors.items()}
    vectors["block.0.q"][1, 2, 3, 0, 1] ^= 1
    save(dataclasses.replace(artefact, vectors=vectors), tmp_path / "net")
    assert golden(tmp_path / "net") == 1
    lines = capsys.readouterr().out.splitlines()
    want = int(vectors["block.0.q"][1, 2, 3, 0, 1])
    assert lines[-2] == ("first difference: block.0.q: image 1, step 2, token 1 (y 0, x 1), "
                         f"channel 3: expected {want}, got {1 - want}")
    assert lines[-1].endswith(" 1 differences")


def test_split_is_classified(directory, capsys):
    pytest.importorskip("sklearn")
    part = data.load("digits", "validation")
    guesses = run(load(directory), part.images)["head"].argmax(axis=1)
    right = int(np.sum(guesses == part.labels))
    assert golden(directory, "--split", "validation") == 0
    assert f"{right} of {len(part)} images right, " in capsys.readouterr().out


@pytest.mark.parametrize("argv, message", [
    (["--split", "test", "--dataset", "cats"], "unknown data set 'cats'; choose one of digits"),
    ([], "no such directory"),
], ids=["dataset", "directory"])
def test_errors_are_one_line(directory, tmp_path, capsys, argv, message):
    assert golden(directory if argv else tmp_path / "none", *argv) == 1
    out, err = capsys.readouterr()
    assert out == "" and message in err and err.count("\n") == 1


def test_split_needs_a_data_set(directory, tmp_path, capsys):
    save(dataclasses.replace(load(directory), training={}), tmp_path / "net")
    assert golden(tmp_path / "net", "--split", "test") == 1
    assert capsys.readouterr().err == (
        "spikeplane: artefact net: no data set is recorded; give --dataset with --split\n")


def test_split_at_several_numbers_of_steps(directory, capsys):
    pytest.importorskip("sklearn")
    part = data.load("digits", "validation")
    assert golden(directory, "--split", "validation", "--steps", 4, 1) == 0
    lines = capsys.readouterr().out.splitlines()[-3:-1]
    for line, steps in zip(lines, (4, 1), strict=True):
        right = int(np.sum(classify(at_steps(load(directory), steps), part.images) == part.labels))
        assert line.startswith(f"T = {steps}: {right} of {len(part)} images right, ")


@pytest.mark.parametrize("argv, message", [
    (["--steps", "2"], "--steps is about the images of --split; give both"),
    (["--split", "test", "--steps", "0"], "steps must be from 1 to 64, not 0"),
])
def test_bad_steps(directory, argv, message, capsys):
    assert golden(directory, *argv) == 1
    assert message in capsys.readouterr().err
