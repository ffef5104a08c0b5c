"""Tables as plain text."""
from collections.abc import Sequence

__all__ = ["text_table"]


def text_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under headings: the first column to the left, the others to the right."""
    lines = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join([first.ljust(widths[0]), *(
        cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]).rstrip()
        for first, *rest in lines]
    return "\n".join([text[0], "─" * max(map(len, text)), *text[1:]])
