"""Cards: rates of the golden model, every recorded score, and refusals."""
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from sw import data
from sw.card import card, measure
from sw.cli import main
from sw.contract.artefact import find, load, save
from sw.contract.errors import SpikeplaneError
from sw.contract.manifest import FILE
from sw.golden import at_steps, classify, run

ROOT = Path(__file__).parents[2]
ARTEFACTS, CARDS = ROOT / "artefacts", ROOT / "docs/cards"


def test_rates_are_means_of_the_outputs():
    artefact = load(find("digits-mini-w4"))
    images = data.load("digits", "test").images[:30]
    outputs = run(artefact, images)
    for node in artefact.graph[1:-1]:
        assert measure(artefact, images)[0][node.name] == pytest.approx(
            outputs[node.name].mean() / node.levels, rel=1e-12)


@pytest.mark.parametrize("name", ["digits-w4", "digits-w8"])
def test_card_tells_what_is_recorded(name):
    directory = find(name)
    text = card(directory, data.load("digits", "test").take(np.arange(20)))
    training = load(directory).training
    for score in training.get("scores", []):
        assert f"{score['right'] / score['images']:.2%}" in text
    assert "Firing rates on 20 test images of digits" in text and "| stem.0.down | 64x4x4 |" in text
    assert f"seed {training['seed']}" in text and "epochs 60" in text


def test_accuracies_at_other_steps_are_measured():
    part = data.load("digits", "test").take(np.arange(40))
    artefact = load(find("digits-mini-w4"))
    values = [f"{(classify(at_steps(artefact, t), part.images) == part.labels).mean():.2%}"
              for t in (1, 2, 4)]
    text = card(find("digits-mini-w4"), part)
    assert "| network | T = 1 | T = 2 | T = 4 |" in text
    assert f"| this artefact | {' | '.join(values)} |" in text


def test_accuracy_that_is_not_the_recorded_one_is_refused():
    part = data.load("digits", "test")
    wrong = dataclasses.replace(part, labels=np.roll(part.labels, 1))
    with pytest.raises(SpikeplaneError, match=r"records an accuracy of 99\.72%"):
        card(find("digits-w4"), wrong)


def test_artefact_at_other_steps_has_a_card_of_what_is_measured(tmp_path):
    net = str(tmp_path / "two")
    assert main(["export", "--net", "digits-mini-w4", "--set", "steps=2", "--out", net]) == 0
    part = data.load("digits", "test")
    text = card(tmp_path / "two", part)
    right = (classify(load(net), part.images) == part.labels).mean()
    rows = [line for line in text.splitlines() if line.startswith("| this artefact")]
    assert "| float |" not in text and f" {right:.2%} " in rows[0]
    # The same for a record of training that lacks the accuracy.
    bare = dataclasses.replace(load(net), training=load(net).training | {"test_images": 360})
    save(bare, tmp_path / "bare")
    assert rows[0] in card(tmp_path / "bare", part)


def test_card_without_the_data_set_uses_the_known_answers():
    assert "Firing rates on 2 known answers" in card(find("digits-w4"), None)


def test_network_that_was_not_trained_has_none(tmp_path, capsys):
    net = str(tmp_path / "r")
    assert main(["export", "--random", "1", "--preset", "digits", "--out", net]) == 0
    with pytest.raises(SpikeplaneError, match="no training is recorded"):
        card(tmp_path / "r", None)


def test_command(tmp_path, capsys):
    out = tmp_path / "cards" / "card.md"
    assert main(["card", "digits-mini-w4", "--out", str(out)]) == 0
    assert out.read_text().startswith("# digits-mini-w4\n")
    (tmp_path / "file").touch()
    assert main(["card", "digits-mini-w4", "--out", str(tmp_path / "file" / "card.md")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("argv, message", [
    (["fashion"], "--data"),
    (["fashion", "--data", "none"], "none"),
    (["--out", "card.md"], "--out is the card of one network; name that network"),
    (["digits-w4", "digits-w8", "--out", "card.md"], "--out is the card of one network"),
    (["fashion2"], "no artefact 'fashion2'"),
])
def test_card_that_says_too_little_is_not_written(argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in CARDS.iterdir()}
    assert main(["card", *argv]) == 1
    assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in CARDS.iterdir()} == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("directory", sorted(ARTEFACTS.glob("*/")), ids=lambda path: path.name)
def test_committed_card_is_of_the_committed_artefact(directory):
    text = (CARDS / f"{directory.name}.md").read_text()
    artefact, digest = load(directory), json.loads((directory / FILE).read_text())["digest"]
    assert text.startswith(f"# {artefact.name}\n") and digest in text
    for score in artefact.training.get("scores", []):
        assert f"{score['right'] / score['images']:.2%}" in text
