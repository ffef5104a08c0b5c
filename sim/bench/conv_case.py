"""A convolution as plain Python walks it: pixel by pixel, tap by tap, with bounds checks.

The hardware's walk counts addresses up; this one computes every coordinate from its indices and
asks whether it lies in the source. Commands come from the meaning of their fields alone.
"""
import random
from dataclasses import dataclass

from hw.config import CoreConfig
from hw.core.layouts import Drain, address_bits

__all__ = ["KERNELS", "ConvCase", "Tile", "Visit"]

KERNELS = [(1, 1, 0), (2, 2, 0), (3, 1, 1), (3, 2, 1)]
"""(kernel, stride, padding) of the geometries to exercise."""


@dataclass(frozen=True)
class Visit:
    """An output pixel met by a tap.

    Parameters
    ----------
    index
        Its partial sum.
    source, number
        Its source pixel, None outside the source; and the number that pixel would have if rows
        continued beyond the border.
    starts, drains
        Whether its partial sum starts here, and is complete.
    swaps_params
        Whether it is the first of its pass whose sum is complete.
    """
    index: int
    source: int | None
    number: int
    starts: bool
    drains: bool
    swaps_params: bool


@dataclass(frozen=True)
class Tile:
    """A weight tile: its place in the walk, and the pixels it visits."""
    pass_: int
    tap: tuple[int, int]
    group: int
    first: bool
    last: bool
    end: bool
    outside: dict[str, int]
    rows: int
    columns: int
    visits: tuple[Visit, ...]


@dataclass(frozen=True, kw_only=True)
class ConvCase:
    """Geometry of one CONV command.

    Parameters
    ----------
    height, width
        Source map.
    kernel, stride, pad
        Of the convolution.
    first, count
        Band of output rows.
    groups, planes, words
        Word groups of the source, planes of a value, words per pixel.
    passes, residual_words
        Passes over the pixels; planes of the residual stream, 0 for none.
    chain, image, masked
        As in the command.
    gather
        A head's product: one sum over all pixels.
    """
    height: int
    width: int
    kernel: int = 1
    stride: int = 1
    pad: int = 0
    first: int = 0
    count: int = 1
    groups: int = 1
    planes: int = 1
    words: int = 1
    passes: int = 1
    residual_words: int = 0
    chain: int = 2
    image: bool = False
    masked: bool = False
    gather: bool = False
    source: int = 100
    source_mask: int = 50
    residual: int = 5000

    @staticmethod
    def outputs(size: int, kernel: int, stride: int, pad: int) -> int:
        """Output rows or columns of a map."""
        return (size + 2 * pad - kernel) // stride + 1

    @classmethod
    def random(cls, rng: random.Random, geometry: tuple[int, int, int], **choices) -> "ConvCase":
        """A random map and a random band of its rows."""
        kernel, stride, pad = geometry
        low = max(1, kernel - pad)
        height, width = rng.randint(low, 7), rng.randint(low, 7)
        rows = cls.outputs(height, *geometry)
        count = rng.randint(1, rows)
        return cls(height=height, width=width, kernel=kernel, stride=stride, pad=pad,
                   first=rng.randint(0, rows - count), count=count, **choices)

    @property
    def columns(self) -> int:
        """Output columns."""
        return self.outputs(self.width, self.kernel, self.stride, self.pad)

    @property
    def pixels(self) -> int:
        """Source pixels of a word group."""
        return self.height * self.width

    def taps(self, size: int, outputs: range) -> list[int]:
        """Taps of an axis that meet the source anywhere."""
        return [tap for tap in range(self.kernel)
                if any(0 <= y * self.stride + tap - self.pad < size for y in outputs)]

    @property
    def taps_y(self) -> list[int]:
        """Tap rows of the band."""
        return self.taps(self.height, range(self.first, self.first + self.count))

    @property
    def taps_x(self) -> list[int]:
        """Tap columns."""
        return self.taps(self.width, range(self.columns))

    def coordinates(self, tap: tuple[int, int], row: int, column: int) -> tuple[int, int]:
        """Source row and column under a tap at an output pixel of the band."""
        return ((self.first + row) * self.stride + tap[0] - self.pad,
                column * self.stride + tap[1] - self.pad)

    def inside(self, y: int, x: int) -> bool:
        """Whether the source has this pixel."""
        return 0 <= y < self.height and 0 <= x < self.width

    def tiles(self) -> list[Tile]:
        """The whole walk, in the order of the weight stream."""
        tiles = []
        for pass_ in range(self.passes):
            order = [(ty, tx, group) for ty in self.taps_y for tx in self.taps_x
                     for group in range(self.groups)]
            for k, (ty, tx, group) in enumerate(order):
                first, last = k == 0, k == len(order) - 1
                tiles.append(self._tile(pass_, (ty, tx), group, first, last))
        return tiles

    def _tile(self, pass_, tap, group, first, last) -> Tile:
        seen = []
        for row in range(self.count):
            for column in range(self.columns):
                y, x = self.coordinates(tap, row, column)
                # Sums start and leave in the first and the last tile: nobody is left out there.
                if self.inside(y, x) or first or last:
                    seen.append((row, column, y, x,
                                 self._visit(group, row, column, y, x, first, last)))
        outside = {"top": int(any(y < 0 for _, _, y, _, _ in seen)),
                   "bottom": int(any(y >= self.height for _, _, y, _, _ in seen)),
                   "left": int(any(x < 0 for _, _, _, x, _ in seen)),
                   "right": int(any(x >= self.width for _, _, _, x, _ in seen))}
        return Tile(pass_, tap, group, first, last, last and pass_ == self.passes - 1, outside,
                    len({row for row, *_ in seen}), len({column for _, column, *_ in seen}),
                    tuple(visit for *_, visit in seen))

    def _visit(self, group, row, column, y, x, first, last) -> Visit:
        number = (group * self.height + y) * self.width + x
        begin = row == column == 0
        end = row == self.count - 1 and column == self.columns - 1
        return Visit(
            0 if self.gather else row * self.columns + column,
            number if self.inside(y, x) else None, number,
            starts=first and (begin or not self.gather),
            drains=last and (end or not self.gather),
            swaps_params=last and (end if self.gather else begin))

    def command(self, config: CoreConfig) -> dict:
        """Fields of the command that describe the walk, for a core."""
        taps_y, taps_x = self.taps_y, self.taps_x
        corner_y, corner_x = self.coordinates((taps_y[0], taps_x[0]), 0, 0)
        end_y, end_x = self.coordinates((taps_y[-1], taps_x[-1]), self.count - 1, self.columns - 1)
        return {
            "chain": self.chain, "image": int(self.image), "masked": int(self.masked),
            "pads": {"top": int(corner_y < 0), "bottom": int(end_y >= self.height),
                     "left": int(corner_x < 0), "right": int(end_x >= self.width)},
            "source": self.source, "source_words": self.words, "planes": self.planes,
            "source_mask": self.source_mask,
            "start": (corner_y * self.width + corner_x) % (1 << address_bits(config)),
            "group_step": self.pixels, "row_step": self.stride * self.width, "width": self.width,
            "column_step": self.stride, "rows": self.count, "columns": self.columns,
            "taps_y": len(taps_y) - 1, "taps_x": len(taps_x) - 1, "groups": self.groups,
            "passes": self.passes,
            "drain": (Drain.LOGITS if self.gather else Drain.SPIKES).value,
            "residual": self.residual, "residual_words": self.residual_words,
        }
