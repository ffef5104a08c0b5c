"""The model card of an artefact: data, recipe, accuracy, firing rates, operations, digests."""
import json
import textwrap
from pathlib import Path

import numpy as np

from sw.contract import manifest as manifests
from sw.contract.artefact import Artefact, load
from sw.contract.errors import SpikeplaneError
from sw.counts import operations
from sw.golden import at_steps, classify, run

from .data import Split

__all__ = ["card", "measure"]

STEPS = (1, 2, 4)
"""Time steps at which a card tells the accuracy of the one network."""

_BATCH = 250


def measure(artefact: Artefact, images: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """By the golden model: mean output of each layer over its largest value, by name, and the class
    of each image, (N,) int64."""
    sums, guesses = dict.fromkeys((node.name for node in artefact.graph[1:-1]), 0), []
    for start in range(0, len(images), _BATCH):
        outputs = run(artefact, images[start:start + _BATCH])
        guesses.append(outputs["head"].argmax(axis=1))
        for name in sums:
            sums[name] += int(outputs[name].sum(dtype=np.int64))
    rates = {node.name: sums[node.name] / (len(images) * artefact.config.steps
                                           * int(np.prod(node.shape)) * node.levels)
             for node in artefact.graph[1:-1]}
    return rates, np.concatenate(guesses)


def card(directory: Path, test: Split | None) -> str:
    """Markdown text about the artefact in ``directory``.

    Parameters
    ----------
    test
        Test split of the data set: firing rates are measured on it, and accuracies at several T.
        Without, firing rates are those of the known answers.

    Raises
    ------
    SpikeplaneError
        The network was not trained, so that there is nothing to say about it; or the golden model
        does not have the accuracy that is recorded.
    """
    artefact = load(directory)
    training = artefact.training
    if "dataset" not in training:
        raise SpikeplaneError(f"artefact {artefact.name}: no training is recorded; a card is about "
                              "a trained network")
    images = artefact.vectors["image"] if test is None else test.images
    rates, guesses = measure(artefact, images)
    measured = {} if test is None else _accuracies(artefact, test, guesses)
    manifest = json.loads((directory / manifests.FILE).read_text())
    parts = [f"# {artefact.name}\n", _summary(artefact, manifest, directory),
             "## Accuracy\n", _accuracy(artefact, measured), "## Layers\n",
             _layers(artefact, rates, f"{len(images):,} " + (
                 "known answers" if test is None else f"test images of {training['dataset']}")),
             "## Training\n", _recipes(training), "## Digests\n", _digests(manifest)]
    return "\n".join(parts)


def _summary(artefact, manifest, directory) -> str:
    config, training = artefact.config, artefact.training
    stem = {"scs": "Spikformer V2", "sps": "Spikformer V1"}[config.stem]
    size = sum(path.stat().st_size for path in directory.iterdir())
    inputs = "frames of" if config.frames else "images of"
    return (f"{stem}, {config.depth} blocks of width {config.dim} with {config.heads} heads, T = "
            f"{config.steps}, {config.weight_bits}-bit weights;\n{inputs} "
            f"{'x'.join(map(str, config.image))} pixels of {config.image_bits} bits. Trained on "
            f"{training['dataset']}, seed {training['seed']}.\n{_parameters(artefact):,} "
            f"parameters, {size / 1024:,.0f} KiB on disk with its known answers. Written by "
            f"spikeplane {manifest['kit']['version']}.\n")


def _parameters(artefact) -> int:
    return sum(array.size for array in artefact.tensors.values())


def _accuracies(artefact, test, guesses) -> dict[int, float]:
    """By T: of the artefact's own T, and of others if it does not read frames."""
    own, right = artefact.config.steps, {}
    for steps in [own] if artefact.config.frames else sorted({own, *STEPS}):
        answers = guesses if steps == own else classify(at_steps(artefact, steps), test.images)
        right[steps] = int((answers == test.labels).sum()) / len(test)
    recorded = artefact.training.get("integer_test_accuracy", right[own])
    if artefact.training.get("test_images") == len(test) and recorded != right[own]:
        raise SpikeplaneError(f"artefact {artefact.name}: records an accuracy of {recorded:.2%}, "
                              f"the golden model gives {right[own]:.2%}")
    return right


def _accuracy(artefact, measured) -> str:
    """Table of what was recorded when the network was exported, and of what is measured now."""
    training, own = artefact.training, artefact.config.steps
    rows = {}
    for score in training.get("scores", []):
        rows.setdefault(score["network"], {})[score["steps"]] = score["right"] / score["images"]
    if not rows and "float_test_accuracy" in training:
        rows = {"float": {own: training["float_test_accuracy"]},
                f"W{artefact.config.weight_bits}": {own: training["integer_test_accuracy"]}}
    if measured:
        rows["this artefact"] = measured
    steps = sorted({steps for row in rows.values() for steps in row})
    about = "Recorded at export; integers by the golden model."
    if "test_images" in training:
        about = f"Of all {training['test_images']:,} test images. {about}"
    if len(measured) > 1:
        about += ("\nLast row: the same weights at other T, measured for this card "
                  "(`spikeplane golden --steps`).")
    lines = [about + "\n", "| network | " + " | ".join(f"T = {t}" for t in steps) + " |",
             "|---|" + "---|" * len(steps)]
    lines += [f"| {name} | " + " | ".join(f"{row[t]:.2%}" if t in row else "" for t in steps) + " |"
              for name, row in rows.items()]
    return "\n".join(lines) + "\n"


def _layers(artefact, rates, what) -> str:
    about = (f"Firing rates on {what}. Operations of one input and all steps, dense:\n"
             "one weight gated by one value, zeros and padding included.\n")
    lines = [about, "| layer | output | values | rate | operations |", "|---|---|---|---|---|"]
    total = 0
    for node in artefact.graph[1:]:
        dense = operations(node, artefact.config.steps)
        total += dense
        rate = f"{rates[node.name]:.1%}" if node.name in rates else ""
        lines.append(f"| {node.name} | {'x'.join(map(str, node.shape))} | "
                     f"{f'0..{node.levels}' if node.levels else ''} | {rate} | "
                     f"{f'{dense:,}' if dense else ''} |")
    return "\n".join([*lines, f"| all | | | | {total:,} |"]) + "\n"


def _recipes(training) -> str:
    titles = {"pretrained": "pre-training", "float": "real-valued, before"}
    stages = [(titles[recipe["kind"]], recipe) for recipe in training.get("earlier_recipes", [])]
    stages += [(title, training[field]) for title, field in (
        ("real-valued", "float_recipe"), ("quantized", "recipe")) if field in training]
    lines = []
    for title, recipe in stages:
        fields = ", ".join(f"{name} {json.dumps(value)}" for name, value in recipe.items()
                           if name != "kind" and value not in (0, 0.0, False, []))
        lines.append(textwrap.fill(f"* {title}: {fields}", 100, subsequent_indent="  "))
    return "\n".join(lines) + "\n"


def _digests(manifest) -> str:
    files = {file: entry for file, entry in manifest["files"].items()}
    count = sum(len(entry) for entry in files.values())
    return (f"Artefact `{manifest['digest']}`,\nwhich covers the SHA-256 of each of its {count} "
            "tensors.\n")
