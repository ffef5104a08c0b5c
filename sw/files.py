"""Files that are written whole or not at all."""
import os
from pathlib import Path

from sw.contract.errors import SpikeplaneError

__all__ = ["write_bytes", "write_text"]


def write_text(path: Path, text: str, *, parents: bool = False) -> None:
    """As :func:`write_bytes`."""
    write_bytes(path, text.encode(), parents=parents)


def write_bytes(path: Path, content: bytes, *, parents: bool = False) -> None:
    """Write a file in one step: a reader sees the old one or the new one.

    Parameters
    ----------
    parents
        Make the directory first, if there is none.

    Raises
    ------
    SpikeplaneError
        It cannot be written.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        if parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        raise SpikeplaneError(f"{path}: cannot be written: {error.strerror}") from None
