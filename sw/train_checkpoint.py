"""Checkpoints: a header that says which network it is, and tensors. No code inside."""
import os
import pickle
from pathlib import Path

import torch

from sw.contract.errors import SpikeplaneError

__all__ = ["FLOAT", "keep_float", "make_directory", "read", "read_model", "write"]

_FORMAT = "spikeplane checkpoint 1"

FLOAT = "float"
"""Directory, within that of a quantized training, of the network that it started from."""


def make_directory(directory: Path) -> None:
    """Create the directory of a training, so that it fails before the first epoch if it must."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpikeplaneError(f"{directory}: cannot be made: {error.strerror}") from None


def keep_float(run: Path, directory: Path) -> None:
    """Keep the real-valued network beside the quantized one, which is compared with it."""
    make_directory(directory / FLOAT)
    content = read(run / "model.pt")
    header = {key: content.pop(key) for key in ("kind", "preset", "training", "config", "recipe")}
    write(directory / FLOAT / "model.pt", header, content)


def write(path: Path, header: dict, body: dict) -> None:
    """Write header and body in one step: a reader sees the old file or the new one."""
    temporary = path.with_suffix(".tmp")
    try:
        torch.save({"format": _FORMAT, "header": header, "body": body}, temporary)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        raise SpikeplaneError(f"{path}: cannot be written; is the disk full?") from error


def read(path: Path, header: dict | None = None) -> dict:
    """Header and body of a checkpoint as one dictionary.

    Parameters
    ----------
    header
        What the file must have been written with; anything when None.

    Raises
    ------
    SpikeplaneError
        The file is missing, is not a checkpoint, or belongs to another network or recipe.
    """
    if not path.is_file():
        raise SpikeplaneError(f"no checkpoint at {path}; train the network first, "
                              "or name the directory in which it was trained")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError) as error:
        raise SpikeplaneError(f"{path} is not a checkpoint of this kit, or is damaged") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise SpikeplaneError(f"{path} is not a checkpoint of this kit (format {_FORMAT!r})")
    for field, value in (header or {}).items():
        found = content["header"].get(field)
        if found != value:
            raise SpikeplaneError(
                f"{path} was written with another {field} ({_difference(found, value)}); "
                "remove it or choose another directory")
    return content["header"] | content["body"]


def read_model(directory: Path, kind: str) -> dict:
    """The end result in ``directory`` of a training of ``kind`` ``"float"`` or ``"quantized"``.

    Raises
    ------
    SpikeplaneError
        As :func:`read`; or the network is of the other kind.
    """
    path = directory / "model.pt"
    found = read(path)
    if found["kind"] != kind:
        verb = {"float": "train", "quantized": "quantize"}
        raise SpikeplaneError(f"{path} holds a {found['kind']} network, not a {kind} one; name "
                              f"the directory given to `spikeplane {verb[kind]} --out`")
    return found


def _difference(found, wanted) -> str:
    """The entries that differ, found and wanted."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return ", ".join(f"{key} {found.get(key)!r}, not {wanted.get(key)!r}"
                         for key in sorted(found.keys() | wanted.keys())
                         if found.get(key) != wanted.get(key))
    return f"{found!r}, not {wanted!r}"
