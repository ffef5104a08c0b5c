"""Evaluation: the golden model decides, torch must agree, and T may vary."""
import dataclasses

import numpy as np
import pytest
import torch

from sw import data, evaluate
from sw.cli import main
from sw.contract.artefact import Artefact
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.golden import run
from sw.model import Spikformer
from sw.train_checkpoint import write

TINY = ModelConfig(image=(1, 8, 8), image_bits=5, dim=16, heads=2, steps=2, expansion=1,
                   mlp_ratio=1, attention_threshold=1)


@pytest.fixture
def test_split():
    return data.load("digits", "test").take(np.arange(60))


@pytest.fixture
def model():
    torch.manual_seed(3)
    network = Spikformer(TINY, [4.9], [6.0])
    with torch.no_grad():
        network.train()
        for _ in range(30):  # running statistics
            network(torch.from_numpy(data.load("digits", "fit").images[:64]))
    return network.eval()


def test_float_scores_are_counted(model, test_split):
    score, = evaluate.evaluate(model, test_split, [2], "float")
    right = (model(torch.from_numpy(test_split.images)).argmax(1).numpy()
             == test_split.labels).sum()
    assert (score.network, score.steps, score.right, score.images) == ("float", 2, right, 60)
    assert score.accuracy == right / 60


def test_integer_scores_are_the_golden_models_at_each_t(model, test_split):
    network = evaluate.rounded(model, 8)
    scores = list(evaluate.evaluate(network, test_split, [1, 2, 4], "W8"))
    rights = []
    for steps in (1, 2, 4):
        network.set_steps(steps)
        artefact = Artefact(name="x", config=dataclasses.replace(network.config, steps=steps),
                            tensors=network.integers())
        guess = run(artefact, test_split.images)["head"].argmax(1)
        rights.append(int((guess == test_split.labels).sum()))
    assert [score.right for score in scores] == rights
    assert network.config.weight_bits == network.config.head_bits == 8


def test_disagreement_is_refused(model, test_split, monkeypatch):
    monkeypatch.setattr(evaluate, "classify", lambda artefact, images: np.zeros(len(images), int))
    with pytest.raises(SpikeplaneError, match="golden model answers otherwise than the trained"):
        list(evaluate.evaluate(evaluate.rounded(model, 8), test_split, [2], "W8"))


def test_frames_have_their_own_t():
    network = Spikformer(dataclasses.replace(TINY, frames=True), [0.0], [1.0])
    frames = data.Split(np.zeros((2, 2, 1, 8, 8), np.uint8), np.zeros(2, int), ("a",))
    with pytest.raises(SpikeplaneError, match="the network reads 2 frames, one for each time"):
        list(evaluate.evaluate(network, frames, [4], "float"))


def test_command(tmp_path, capsys, model):
    write(tmp_path / "model.pt", {"kind": "float", "config": TINY.to_dict(),
                                  "recipe": {"dataset": "digits"}}, {"model": model.state_dict()})
    assert main(["evaluate", "--run", str(tmp_path), "--steps", "1", "2", "--weight-bits", "4",
                 "--split", "validation"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-4] for line in lines[-4:]] == ["1", "2", "1", "2"]
    assert all(line.split()[-2] == "180" for line in lines[-4:])
    assert main(["evaluate", "--run", str(tmp_path / "no")]) == 1
    assert "no checkpoint at" in capsys.readouterr().err
    assert main(["evaluate", "--run", str(tmp_path), "--steps", "0"]) == 1
    assert "--steps must be at least 1, not 0" in capsys.readouterr().err
