"""The map of a placed design: how full the FPGA is, and which component lies where."""
import io
from collections import Counter, defaultdict

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .placement import Cell, components

__all__ = ["draw_placement"]

_INK = "#22303c"
_COLOURS = ("#0b6e99", "#d9822b", "#5b8c5a", "#8e6bb0", "#b5a642", "#c0504d", "#3fa7a0", "#7a5230")
_REST = "#b8c1c9"


def draw_placement(cells: list[Cell], title: str) -> bytes:
    """A PNG with two maps of the area that cells occupy: logic cells per tile, with block RAMs as
    squares; and the component that most logic cells of a tile belong to."""
    height, width = (max(cell.row for cell in cells) + 1, max(cell.column for cell in cells) + 1)
    tiles = defaultdict(Counter)
    for cell in cells:
        if cell.kind == "logic":
            tiles[cell.row, cell.column][cell.component] += 1
    figure = Figure(figsize=(12, 1.2 + 5.2 * height / width), layout="constrained")
    FigureCanvasAgg(figure)
    density, owner = figure.subplots(1, 2)
    _draw_density(figure, density, tiles, cells, (height, width))
    _draw_components(owner, tiles, cells, (height, width))
    for axes in (density, owner):
        axes.set_xticks([])
        axes.set_yticks([])
        for side in axes.spines.values():
            side.set_color(_REST)
    figure.suptitle(title, fontsize=11, color=_INK)
    file = io.BytesIO()
    # Without the version of matplotlib, so that the file depends on the figure alone.
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()


def _draw_density(figure, axes, tiles, cells, shape) -> None:
    counts = np.zeros(shape)
    for place, components_here in tiles.items():
        counts[place] = components_here.total()
    shown = axes.imshow(np.ma.masked_equal(counts, 0), origin="lower", cmap="viridis_r",
                        interpolation="nearest")
    memory = {(cell.column, cell.row) for cell in cells if cell.kind == "memory"}
    if memory:
        axes.scatter(*zip(*sorted(memory), strict=True), marker="s", s=12, facecolors="none",
                     edgecolors=_COLOURS[5], linewidths=0.7)
    figure.colorbar(shown, ax=axes, shrink=0.8, label="logic cells in a tile")
    axes.set_title("how full; squares are block RAMs", fontsize=9, color=_INK, loc="left")


def _draw_components(axes, tiles, cells, shape) -> None:
    sizes = {name: count["logic"] for name, count in components(cells).items() if count["logic"]}
    colours = dict(zip(sizes, _COLOURS, strict=False))
    picture = np.ones((*shape, 3))
    for place, here in tiles.items():
        picture[place] = to_rgb(colours.get(here.most_common(1)[0][0], _REST))
    axes.imshow(picture, origin="lower", interpolation="nearest")
    total = sum(sizes.values())
    legend = [Patch(color=colour, label=f"{name} {sizes[name] / total:.0%}")
              for name, colour in colours.items()]
    rest = total - sum(sizes[name] for name in colours)
    if rest:
        legend.append(Patch(color=_REST, label=f"others {rest / total:.0%}"))
    axes.legend(handles=legend, loc="upper left", bbox_to_anchor=(1, 1), fontsize=8, frameon=False)
    axes.set_title("component with most cells of a tile", fontsize=9, color=_INK, loc="left")
