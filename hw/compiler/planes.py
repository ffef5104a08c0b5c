"""How many planes of each pixel have a spike: what the reader cannot skip."""
from collections.abc import Mapping

import numpy as np

from .program import Command, Program
from .tensor import SpikeTensor

__all__ = ["PlaneCounts", "count_planes"]


class PlaneCounts:
    """Planes with a spike, (groups, pixels) by name of a tensor with plane masks.

    A tensor that is absent counts all of its planes: the worst case.
    """

    def __init__(self, counts: Mapping[str, np.ndarray] | None = None):
        self.counts = dict(counts or {})

    def visits(self, command: Command, tap_y: int, tap_x: int, group: int,
               whole: bool) -> tuple[np.ndarray, np.ndarray]:
        """(partial sum, cycles without residual words) of each pixel that a tile visits."""
        fields = command.fields
        pads = fields.get("pads", {})
        rows, columns = np.arange(fields["rows"]), np.arange(fields["columns"])
        outside_y = np.zeros(len(rows), bool)
        outside_x = np.zeros(len(columns), bool)
        outside_y[0] |= bool(pads.get("top")) and tap_y == 0
        outside_y[-1] |= bool(pads.get("bottom")) and tap_y == fields["taps_y"]
        outside_x[0] |= bool(pads.get("left")) and tap_x == 0
        outside_x[-1] |= bool(pads.get("right")) and tap_x == fields["taps_x"]
        pixel = (fields["start"] + group * fields["group_step"] + (
            (rows * fields["row_step"] + tap_y * fields["width"])[:, None]
            + columns * fields["column_step"] + tap_x))
        inside = ~(outside_y[:, None] | outside_x)
        cost = np.full(pixel.shape, fields["planes"])
        if fields.get("masked"):
            planes = self.counts.get(command.source)
            if planes is not None:
                cost[inside] = planes.reshape(-1)[pixel[inside]]
        cost = np.maximum(cost, 1)
        cost[~inside] = 1
        visited = np.flatnonzero(inside | whole)
        return visited, cost.reshape(-1)[visited]


def count_planes(program: Program, layers: Mapping[str, np.ndarray], images: np.ndarray,
                 ) -> PlaneCounts:
    """Counts for the activations of one run.

    Parameters
    ----------
    layers
        Node name to (n, T, C, H, W), from the golden model, for as many images as the lanes hold:
        lanes without an image compute a black one.
    images
        The images themselves, (n, C, H, W) uint8, or frames.
    """
    counts = {}
    for name, tensor in program.tensors.items():
        if not tensor.masked:
            continue
        if name == "image":
            patches = program.patches(images)
            values = patches.reshape(-1, *patches.shape[2:]).transpose(0, 2, 1)
        else:
            values = layers[name].reshape(-1, layers[name].shape[2], tensor.pixels)
        counts[name] = _count(tensor, np.bitwise_or.reduce(values, axis=0),
                              program.config.word_channels)
    return PlaneCounts(counts)


def _count(tensor: SpikeTensor, merged: np.ndarray, word_channels: int) -> np.ndarray:
    """``merged``: (channels, pixels), the OR of all lanes."""
    padded = np.zeros((tensor.groups * word_channels, tensor.pixels), merged.dtype)
    padded[tensor.positions] = merged
    words = np.bitwise_or.reduce(padded.reshape(tensor.groups, word_channels, -1), axis=1)
    return ((words[..., None] >> np.arange(tensor.planes)) & 1).sum(-1)
