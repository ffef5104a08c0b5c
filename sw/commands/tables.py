"""Tables of the command line, at most 80 columns wide."""
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

__all__ = ["print_table"]


def print_table(columns: dict[str, str], rows: list[list]) -> None:
    """Print ``rows`` under ``columns``, a heading and its justification: left or right."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for heading, justify in columns.items():
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    # A fixed width: the same text on a terminal, in a pipe and in a log.
    Console(width=80, highlight=False, markup=False).print(table)
