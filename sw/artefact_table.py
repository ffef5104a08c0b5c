"""A markdown table of the artefacts in a directory."""
from pathlib import Path

from sw.contract.artefact import load
from sw.files import write_text

__all__ = ["artefact_table", "write_table"]

_HEADER = """\
# Trained networks

Written by `spikeplane export --table`. Accuracies are of the held-out test images; the integer one
is measured with the golden model on the artefact, and is the accelerator's.

| network | data set | stem | width | blocks | T | W | F | weights | float | integer |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def _row(artefact) -> str:
    config, training = artefact.config, artefact.training
    weights = sum(a.size for name, a in artefact.tensors.items() if name.endswith(".weight"))
    fields = (artefact.name, training["dataset"], config.stem, config.dim, config.depth,
              config.steps, config.weight_bits, config.fraction_bits, f"{weights:,}",
              f"{training['float_test_accuracy']:.2%}",
              f"{training['integer_test_accuracy']:.2%} of {training['test_images']}")
    return f"| {' | '.join(map(str, fields))} |\n"


def artefact_table(directory: Path) -> str:
    """Markdown text with one row per trained artefact under ``directory``, by name."""
    paths = sorted(path.parent for path in directory.glob("*/manifest.json"))
    artefacts = [load(path) for path in paths]
    return _HEADER + "".join(_row(a) for a in artefacts if "integer_test_accuracy" in a.training)


def write_table(directory: Path, file: Path) -> None:
    """Write :func:`artefact_table` to ``file`` in one step."""
    write_text(file, artefact_table(directory))
