"""The committed artefacts: known answers, accuracies and table hold."""
from pathlib import Path

import numpy as np
import pytest

from sw import data
from sw.artefact_table import artefact_table, write_table
from sw.contract.artefact import load
from sw.contract.errors import SpikeplaneError
from sw.golden.network import run

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
NAMES = sorted(path.parent.name for path in ARTEFACTS.glob("*/manifest.json"))


def test_there_are_trained_digits_of_both_widths():
    assert {"digits-w4", "digits-w8"} <= set(NAMES)


def test_table_is_that_of_the_artefacts():
    assert (ARTEFACTS / "README.md").read_text() == artefact_table(ARTEFACTS)


@pytest.mark.parametrize("name", NAMES)
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
    outputs = run(artefact, data.load(artefact.training["dataset"], "test").images[:64])
    for node in artefact.graph[1:-1]:
        assert (outputs[node.name] > 0).mean() > 0.02, node.name


def test_table_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(SpikeplaneError, match=r"README\.md: cannot be written: No such file"):
        write_table(tmp_path, tmp_path / "none" / "README.md")
