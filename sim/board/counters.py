"""What a board's records must say, as far as it does not depend on its memory's speed."""
from collections.abc import Iterator, Mapping

import numpy as np

from hw.compiler import Command, Program
from hw.core.layouts import Opcode

__all__ = ["expected_counters"]


def expected_counters(program: Program, layers: Mapping[str, np.ndarray],
                      ) -> Iterator[tuple[int, Command, dict[str, int]]]:
    """Of each command: its index, itself, and what sums of counters must be, modulo their width.

    A key names the counters whose sum it is, e.g. ``"compute + skipped"``.

    Parameters
    ----------
    layers
        The golden model's outputs (n, T, C, H, W), of as many images as the lanes hold.
    """
    for index, command in enumerate(program.commands):
        fields = command.fields
        want = {"index": index, "opcode": command.opcode.value}
        if command.neurons:
            spikes = layers[command.neurons]
            if "rows" in fields:  # a band of the layer
                first = command.first_pixel // fields["columns"]
                spikes = spikes[..., first:first + fields["rows"], :]
            want["spikes"] = int(spikes.sum(dtype=np.int64))
        if command.opcode == Opcode.CONV and fields["taps_y"] == fields["taps_x"] == 0:
            # Every word is met once in a pass, with all of its planes: none is padding.
            words = fields["passes"] * fields["groups"] * fields["rows"] * fields["columns"]
            want["compute + skipped"] = words * fields["planes"]
        yield index, command, want
