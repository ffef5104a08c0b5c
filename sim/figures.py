"""Figures of a simulation: every spike of one image, firing rates, where the cycles go."""
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from .report import Report, Row

__all__ = ["draw_cycles", "draw_raster", "draw_rates", "draw_report"]

_INK, _PALE, _SPIKE = "#22303c", "#dfe5ea", "#0b6e99"

CAUSES = {  # attribute of Counters: (legend, colour)
    "compute": ("synapse array", "#0b6e99"),
    "stall": ("waiting for memory", "#d9822b"),
    "attention": ("attention", "#5b8c5a"),
    "pool": ("pooling", "#8e6bb0"),
    "transfer": ("image, token sums", "#b5a642"),
    "other": ("fill, drain, fetch", "#9aa5b1"),
}


def draw_report(report: Report, directory: Path) -> None:
    """Write the figures that the report alone gives: ``rates.png`` and ``cycles.png``."""
    draw_rates(report, directory / "rates.png")
    draw_cycles(report, directory / "cycles.png")


def draw_raster(image: np.ndarray, layers: dict[str, np.ndarray], title: str, path: Path) -> None:
    """Every spike of one image, a panel per layer.

    Parameters
    ----------
    image
        Pixels (C, H, W), or frames (T, C, H, W).
    layers
        Name to (T, C, H, W) spikes, in execution order. In a panel, channels go down; steps go
        right, and the pixels of each step row by row.
    """
    columns = 6
    rows = -(-(len(layers) + 1) // columns)
    figure, axes = _figure(rows, columns, (2.1 * columns, 2.2 * rows + 0.4))
    panels = axes.ravel()
    panels[0].imshow(_picture(image), cmap="gray_r", interpolation="nearest")
    panels[0].set_title("image" if image.ndim == 3 else "frames", fontsize=8, color=_INK)
    for panel, (name, spikes) in zip(panels[1:], layers.items(), strict=False):
        steps, channels = spikes.shape[:2]
        raster = spikes.transpose(1, 0, 2, 3).reshape(channels, -1)
        panel.imshow(raster, aspect="auto", interpolation="nearest", vmin=0, vmax=1,
                     cmap=ListedColormap(["white", _SPIKE]))
        for step in range(1, steps):
            panel.axvline(step * raster.shape[1] / steps - 0.5, color=_INK, linewidth=0.4)
        panel.set_title(f"{name}  {raster.mean():.0%}", fontsize=8, color=_INK)
    for panel in panels:
        panel.set_xticks([])
        panel.set_yticks([])
    for panel in panels[len(layers) + 1:]:
        panel.set_axis_off()
    figure.suptitle(title, fontsize=11, color=_INK)
    _save(figure, path)


def _picture(image: np.ndarray) -> np.ndarray:
    """An image as matplotlib shows it: three channels are colours, others are added up, and frames
    too."""
    pixels = image.sum(axis=0) if image.ndim == 4 else image
    if len(pixels) == 3:
        return pixels.transpose(1, 2, 0) / max(1, pixels.max())
    return pixels.sum(axis=0)


def draw_rates(report: Report, path: Path) -> None:
    """Mean output of each layer, relative to its largest."""
    rows = [row for row in report.rows if row.firing_rate is not None]
    figure, axes = _bars(rows)
    axes.barh(range(len(rows)), [100 * row.firing_rate for row in rows], color=_SPIKE)
    for i, row in enumerate(rows):
        axes.text(100 * row.firing_rate + 0.4, i, f"{row.firing_rate:.1%}", va="center",
                  fontsize=7, color=_INK)
    axes.set_xlabel("firing rate, % of the largest output")
    axes.set_title(f"{report.network}: firing rates over {report.images} images", loc="left",
                   fontsize=10, color=_INK)
    _save(figure, path)


def draw_cycles(report: Report, path: Path) -> None:
    """Cycles per image of each layer, by cause."""
    rows = [row for row in report.rows if row.counters is not None]
    figure, axes = _bars(rows)
    left = np.zeros(len(rows))
    for cause, (legend, colour) in CAUSES.items():
        cycles = np.array([getattr(row.counters, cause) for row in rows]) / report.images
        if cycles.any():
            share = cycles.sum() * report.images / report.cycles
            axes.barh(range(len(rows)), cycles, left=left, color=colour,
                      label=f"{legend} {share:.0%}")
        left += cycles
    for i, row in enumerate(rows):
        if row.utilisation is not None:
            axes.text(left[i] + left.max() * 0.01, i, f"{row.utilisation:.0%}", va="center",
                      fontsize=7, color=_INK)
    axes.margins(x=0.08)
    axes.legend(frameon=False, fontsize=8)
    axes.set_xlabel("cycles per image; at the bars, utilisation of the synapse array")
    axes.set_title(f"{report.network}: {report.cycles / report.images:,.0f} cycles per image",
                   loc="left", fontsize=10, color=_INK)
    _save(figure, path)


def _bars(rows: list[Row]):
    figure, axes = _figure(1, 1, (7.5, 0.24 * len(rows) + 1.2))
    axes = axes[0, 0]
    axes.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=7)
    axes.invert_yaxis()
    axes.tick_params(length=0, labelsize=7, colors=_INK)
    axes.grid(axis="x", color=_PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _figure(rows: int, columns: int, size: tuple[float, float]):
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=130)
