"""Tables as plain text."""
from collections.abc import Sequence

__all__ = ["text_table"]


def text_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under headings: the first column to the left, the others to the right; narrow gaps if
    wide ones do not fit into 80 columns."""
    lines = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    gap = "  " if sum(widths) + 2 * len(widths) - 2 <= 80 else " "
    text = [gap.join([first.ljust(widths[0]), *(
        cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]).rstrip()
        for first, *rest in lines]
    return "\n".join([text[0], "─" * max(map(len, text)), *text[1:]])
