"""Figure of trainings: loss and validation of each epoch, out of their ``metrics.jsonl``."""
import io
import json
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sw.contract.errors import SpikeplaneError

__all__ = ["draw_curves", "read_metrics"]

_INK = "#22303c"
_COLOURS = ("#0b6e99", "#d9822b", "#5b8c5a", "#8e6bb0", "#b5a642", "#c0504d", "#3fa7a0", "#7a5230")
_FIELDS = ("epoch", "loss", "validation", "seconds")


def read_metrics(directory: Path) -> list[dict]:
    """The line of each epoch in ``metrics.jsonl`` of a training.

    Raises
    ------
    SpikeplaneError
        The file is missing or empty, or a line lacks a number.
    """
    path = directory / "metrics.jsonl"
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpikeplaneError(f"{path}: cannot be read ({error.__class__.__name__}); name a "
                              "directory in which an epoch of a training was finished") from None
    if not lines:
        raise SpikeplaneError(f"{path}: has no line; train an epoch first")
    return [_line(f"{path}, line {number}", line) for number, line in enumerate(lines, 1)]


def _line(where: str, text: str) -> dict:
    try:
        metrics = json.loads(text)
    except ValueError:
        metrics = None
    for field in _FIELDS:
        if type(metrics) is not dict or type(metrics.get(field)) not in (int, float):
            raise SpikeplaneError(f"{where}: {field} is missing, or is no number; is it the "
                                  "metrics of a training?")
    return metrics


def draw_curves(runs: dict[str, list[dict]]) -> bytes:
    """A PNG with the loss and the validation of each run, by name, over its epochs.

    A dot marks the epoch that was kept: the best on validation, the later of equals.
    """
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2)
    for k, (name, metrics) in enumerate(runs.items()):
        epochs = [line["epoch"] for line in metrics]
        best = max(metrics, key=lambda line: (line["validation"], line["epoch"]))
        colour = _COLOURS[k % len(_COLOURS)]
        for place, field in zip(axes, ("loss", "validation"), strict=True):
            place.plot(epochs, [line[field] for line in metrics], color=colour, label=name,
                       linewidth=1.4)
            place.plot([best["epoch"]], [best[field]], "o", color=colour, markersize=4)
    for place, title in zip(axes, ("loss, as augmented", "validation"), strict=True):
        place.set_title(title, fontsize=10, color=_INK, loc="left")
        place.set_xlabel("epoch", fontsize=9, color=_INK)
        place.xaxis.set_major_locator(MaxNLocator(integer=True))
        place.grid(alpha=0.3)
        place.spines[["top", "right"]].set_visible(False)
    axes[1].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes[0].legend(fontsize=8, frameon=False)
    file = io.BytesIO()
    # Without the version of matplotlib, so that the file depends on the figure alone.
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()
