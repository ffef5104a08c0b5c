"""From a trained quantized network to an artefact, by reading out its integers."""
import dataclasses
from pathlib import Path

import numpy as np
import torch

from sw import data
from sw.contract.artefact import Artefact
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.data.photographs import photographs
from sw.golden.network import with_vectors

from .evaluate import evaluate, load_network, rounded
from .quantize import QuantSpikformer
from .train_checkpoint import FLOAT, read_model
from .train_start import before

__all__ = ["export", "export_checkpoint"]


def export(model: QuantSpikformer, name: str, images: np.ndarray, **fields) -> Artefact:
    """The artefact of a network, with ``images`` (N, C, H, W) uint8 as known answers.

    ``fields`` are further fields of :class:`sw.contract.artefact.Artefact`.

    Raises
    ------
    SpikeplaneError
        A layer cannot be exact, or the golden model computes another spike than the network.
    """
    artefact = with_vectors(
        Artefact(name=name, config=model.config, tensors=model.integers(), **fields), images)
    _check_taps(model, artefact)
    return artefact


@torch.no_grad()
def _check_taps(model, artefact):
    model.eval()
    taps = {}
    model(torch.from_numpy(artefact.vectors["image"]), taps)
    for node in artefact.graph[1:]:
        if not np.array_equal(taps[node.name].numpy(), artefact.vectors[node.name]):
            raise SpikeplaneError(f"layer {node.name}: the golden model differs from the trained "
                                  "network; report this as a defect of the kit")


def export_checkpoint(directory: Path, name: str, vectors: int = 2,
                      data_directory: Path | None = None,
                      steps: list[int] | None = None) -> Artefact:
    """The artefact of a quantized checkpoint, with its accuracy as the golden model measures it.

    Parameters
    ----------
    directory
        Where ``spikeplane quantize`` left its result.
    vectors
        Known answers to keep: the first images of the test split, or crops of photographs where
        the data set is one that is downloaded, because its images are not ours to pass on.
    data_directory
        Where the user has the data set.
    steps
        Numbers of time steps at which accuracies are measured besides that of the network.
    """
    kept = read_model(directory, "quantized")
    model = QuantSpikformer(ModelConfig.from_dict(kept["config"]))
    model.load_state_dict(kept["model"])
    recipe = kept["recipe"]
    test = data.load(recipe["dataset"], "test", data_directory, model.graph[0])
    images = (test.images[:vectors] if recipe["dataset"] in data.PACKAGED else
              photographs(vectors, model.graph[0]))
    artefact = export(
        model, name, images, labels=test.classes,
        preprocessing={"pixels": "raw unsigned integers; the normalisation is in the weights"})
    steps = sorted({model.config.steps, *(steps or [])})
    how = "calibrated" if "calibrated" in recipe else "trained"
    mine = list(evaluate(model, test, steps, f"W{model.config.weight_bits}, {how}"))
    scores = [*_float_scores(directory, test, steps), *mine]
    own = next(score for score in mine if score.steps == model.config.steps)
    training = {
        "scores": [dataclasses.asdict(score) for score in scores],
        "dataset": recipe["dataset"], "test_images": len(test),
        "float_test_accuracy": kept["float"]["test"],
        "integer_test_accuracy": own.accuracy,
        "validation_accuracy": kept["validation"], "kept_epoch": kept["epoch"],
        "seed": recipe["seed"], "float_recipe": kept["float"]["recipe"], "recipe": recipe,
    }
    if "started" in kept["float"]:
        training["earlier_recipes"] = before(kept["float"]["started"])
    return dataclasses.replace(artefact, training=training)


def _float_scores(directory, test, steps):
    """Of the real-valued network that quantization started from, and of it with weights rounded to
    8 bits."""
    model, _ = load_network(directory / FLOAT)
    return [*evaluate(model, test, steps, "float"),
            *evaluate(rounded(model, 8), test, steps, "W8, rounded")]
