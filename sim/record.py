"""The written record of a campaign: what ran, and what came of it."""
from collections.abc import Iterable, Sequence
from pathlib import Path

from sw.contract.version import revision

__all__ = ["write_record"]


def write_record(path: Path, *, title: str, command: str, summary: str, prose: Sequence[str],
                 head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a page of markdown with the command, the revision and a table, whole or not at all.

    ``prose`` are lines that say how to read the table, ``head`` and ``rows`` its cells.
    """
    table = [f"| {' | '.join(cells)} |" for cells in rows]
    text = "\n".join([
        f"# {title}", "", f"`{command}`, revision {revision()}:", "", f"**{summary}.**", "",
        *prose, "", f"| {' | '.join(head)} |", "|" + "---|" * len(head), *table, ""])
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text)
    partial.replace(path)
