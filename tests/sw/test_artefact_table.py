"""The committed artefacts: known answers, accuracies and table hold."""
from pathlib import Path

import numpy as np
import pytest

from sw import data
from sw.artefact_table import artefact_table, write_table
from sw.contract.artefact import load
from sw.contract.errors import SpikeplaneError
from sw.data.photographs import photographs
from sw.golden.network import run

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
NAMES = sorted(path.parent.name for path in ARTEFACTS.glob("*/manifest.json"))


def test_there_are_trained_digits_of_both_widths():
    assert {"digits-w4", "digits-w8"} <= set(NAMES)


def test_table_is_that_of_the_artefacts():
    assert (ARTEFACTS / "README.md").read_text() == artefact_table(ARTEFACTS)


def of_a_package(name):
    """Whether the test images are here; those of downloaded sets are the user's to bring."""
    return load(ARTEFACTS / name).training["dataset"] in data.PACKAGED


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_golden(name):
    artefact = load(ARTEFACTS / name)
    if not of_a_package(name):
        images = photographs(len(artefact.vectors["image"]), artefact.graph[0])
        assert np.array_equal(artefact.vectors["image"], images)
    for node, output in run(artefact, artefact.vectors["image"]).items():
        assert np.array_equal(output, artefact.vectors[node]), node


@pytest.mark.parametrize("name", list(filter(of_a_package, NAMES)))
def test_recorded_accuracy_and_answers_are_golden(name):
    artefact = load(ARTEFACTS / name)
    assert artefact.name == name
    test = data.load(artefact.training["dataset"], "test")
    assert artefact.training["test_images"] == len(test)
    assert np.array_equal(artefact.vectors["image"], test.images[:len(artefact.vectors["image"])])
    outputs = run(artefact, test.images)
    for node, output in outputs.items():
        answers = artefact.vectors[node]
        assert np.array_equal(output[:len(answers)], answers), node
    right = (outputs["head"].argmax(1) == test.labels).mean()
    assert artefact.training["integer_test_accuracy"] == right
    assert artefact.training["float_test_accuracy"] - right <= 0.01


@pytest.mark.parametrize("name", NAMES)
def test_no_layer_is_dead(name):
    artefact = load(ARTEFACTS / name)
    images = (data.load(artefact.training["dataset"], "test").images[:64] if of_a_package(name)
              else photographs(16, artefact.graph[0]))
    outputs = run(artefact, images)
    for node in artefact.graph[1:-1]:
        # Photographs are not what a network for other images was trained with.
        least = 0.02 if of_a_package(name) else 0.01
        assert (outputs[node.name] > 0).mean() > least, node.name


def test_table_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(SpikeplaneError, match=r"README\.md: cannot be written: No such file"):
        write_table(tmp_path, tmp_path / "none" / "README.md")
