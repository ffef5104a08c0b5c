"""Windows of waveforms, and save files that open them at the cycle of interest."""
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Window", "write_save_file"]

_PERIOD = 10
_FIRST_EDGE = 85
"""Nanoseconds at which the bench counts cycle 0: eight clock edges of reset come before."""

_BEFORE, _AFTER = 2000, 100


@dataclass(frozen=True)
class Window:
    """Cycles ``first`` to ``last``, written to the VCD file ``path``."""
    path: Path
    first: int = 0
    last: int = 1 << 62

    @classmethod
    def around(cls, path: Path, cycle: int) -> "Window":
        """What led to ``cycle``, and a little more."""
        return cls(path, max(0, cycle - _BEFORE), cycle + _AFTER)


def write_save_file(vcd: Path, cycle: int | None = None) -> Path:
    """Write ``<vcd>.gtkw``: signals of the top, fields of the core's ports, marker at ``cycle``.

    Open it with ``gtkwave <vcd>.gtkw``. Returns its path.
    """
    marker = -1 if cycle is None else _FIRST_EDGE + _PERIOD * cycle
    lines = [f'[dumpfile] "{vcd.resolve()}"', f"[timestart] {max(0, marker - 40 * _PERIOD)}",
             f"*-6.0 {marker}" + " -1" * 26]
    for scope, name, width in _signals(vcd):
        # The top's own signals, and of the module inside a bench the fields of structured ports.
        depth = scope.count(".")
        if "$" not in name and (depth == 0 or (depth == 1 and "." in name)):
            # Display flags: 28 a single bit, 22 hexadecimal.
            lines += (["@28", f"{scope}.{name}"] if width == 1 else
                      ["@22", f"{scope}.{name}[{width - 1}:0]"])
    path = vcd.with_name(f"{vcd.name}.gtkw")
    path.write_text("\n".join(lines) + "\n")
    return path


def _signals(vcd: Path) -> Iterator[tuple[str, str, int]]:
    """Scope, name and width of every signal, from the header of a VCD file."""
    scope: list[str] = []
    with vcd.open() as file:
        for line in file:
            words = line.split()
            if words[:1] == ["$scope"]:
                scope.append(words[2])
            elif words[:1] == ["$upscope"]:
                scope.pop()
            elif words[:1] == ["$var"]:
                yield ".".join(scope), words[4], int(words[2])
            elif words[:1] == ["$enddefinitions"]:
                return
