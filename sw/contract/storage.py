"""Files of an artefact: bounded reading, tensors in the safetensors format, atomic writing."""
import hashlib
import os
import secrets
import shutil
import stat
from pathlib import Path

import numpy as np
import safetensors.numpy

from . import strictjson
from .errors import SpikeplaneError
from .packed import pack, stored_spec, unpack
from .tensors import TensorSpec

__all__ = ["decode_tensors", "encode_tensors", "encoded_bytes", "read_file", "sha256",
           "write_directory"]

_HEADER_LIMIT = 1 << 24
_DTYPES = {"int8": "I8", "uint8": "U8", "int32": "I32", "int64": "I64"}


def sha256(array: np.ndarray) -> str:
    """Digest of a tensor's little-endian bytes in C order."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def read_file(path: Path, limit: int) -> bytes:
    """Contents of a regular file of at most ``limit`` bytes; anything else is refused."""
    try:
        # Checked before opening: opening a pipe would wait for its writer.
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise SpikeplaneError(f"{path.name}: not a regular file")
        if status.st_size > limit:
            raise SpikeplaneError(f"{path.name}: {status.st_size} bytes, expected at most {limit}")
        with open(path, "rb") as file:
            return file.read(limit)
    except OSError as error:
        raise SpikeplaneError(f"{path.name}: cannot be read: {error.strerror}") from None


def encode_tensors(tensors: dict[str, np.ndarray], specs: dict[str, TensorSpec]) -> bytes:
    """A safetensors file of the tensors as :func:`sw.contract.packed.pack` stores them."""
    return safetensors.numpy.save({
        name: np.ascontiguousarray(pack(array, specs[name])) for name, array in tensors.items()})


def encoded_bytes(specs: dict[str, TensorSpec]) -> int:
    """The most that such a file takes."""
    return 8 + _HEADER_LIMIT + sum(stored_spec(spec).nbytes for spec in specs.values())


def decode_tensors(content: bytes, specs: dict[str, TensorSpec], file: str) -> dict:
    """Tensors of a safetensors file that must hold exactly ``specs``; they may share ``content``.

    The header is compared with what the specs ask for, so a malformed one cannot steer an
    allocation or a read.
    """
    if len(content) < 8:
        raise SpikeplaneError(f"{file}: truncated: {len(content)} bytes")
    length = int.from_bytes(content[:8], "little")
    if length > min(len(content) - 8, _HEADER_LIMIT):
        raise SpikeplaneError(f"{file}: the header claims {length} bytes, beyond the file")
    header = strictjson.parse(content[8:8 + length], f"{file} header")
    if type(header) is not dict:
        raise SpikeplaneError(f"{file} header: must be an object, not {strictjson.shown(header)}")
    header.pop("__metadata__", None)
    for name in header:
        if name not in specs:
            raise SpikeplaneError(f"{file}: tensor {strictjson.shown(name)} "
                                  "belongs to no layer of the network")
    data = memoryview(content)[8 + length:]
    stored = {name: stored_spec(spec) for name, spec in specs.items()}
    need = sum(spec.nbytes for spec in stored.values())
    if need != len(data):
        raise SpikeplaneError(f"{file}: holds {len(data)} bytes of tensors, the network needs "
                              f"{need}")
    return {name: unpack(_decode(name, stored[name], header, data, file), spec)
            for name, spec in specs.items()}


def write_directory(directory: Path, files: dict[str, bytes], replaces,
                    what: str = "an artefact") -> None:
    """Create ``directory`` with ``files``: written beside it, then renamed over it.

    An existing directory is replaced when it is empty or ``replaces(directory)`` is true, that is
    when it holds ``what``. Nothing is left behind on failure.
    """
    directory = Path(os.path.abspath(directory))  # "." has no name to write beside
    occupied = os.path.lexists(directory)
    try:
        if occupied and not (directory.is_dir() and not directory.is_symlink()
                             and (not any(directory.iterdir()) or replaces(directory))):
            raise SpikeplaneError(f"{directory}: exists and is not {what}; "
                                  "remove it or choose another directory")
        directory.parent.mkdir(parents=True, exist_ok=True)
        suffix = secrets.token_hex(4)
        fresh, old = (directory.with_name(f".{directory.name}.{part}-{suffix}")
                      for part in ("new", "old"))
        try:
            fresh.mkdir()
            for name, content in files.items():
                (fresh / name).write_bytes(content)
            if occupied:
                directory.rename(old)
            fresh.rename(directory)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            if old.exists() and not directory.exists():
                old.rename(directory)
    except OSError as error:
        raise SpikeplaneError(f"{directory}: cannot be written: {error.strerror}") from None


def _decode(name, spec, header, data, file):
    where = f"{file}: tensor {name!r}"
    if name not in header:
        raise SpikeplaneError(f"{where} is missing")
    entry = header[name]
    if type(entry) is not dict:
        raise SpikeplaneError(f"{where}: must be an object, not {strictjson.shown(entry)}")
    for field, need in (("dtype", _DTYPES[spec.dtype]), ("shape", list(spec.shape))):
        if entry.get(field) != need:
            raise SpikeplaneError(f"{where}: {field} is {strictjson.shown(entry.get(field))}, "
                                  f"must be {need}")
    offsets = entry.get("data_offsets")
    if (type(offsets) is not list or len(offsets) != 2 or any(type(v) is not int for v in offsets)
            or not 0 <= offsets[0] <= offsets[1] <= len(data)
            or offsets[1] - offsets[0] != spec.nbytes):
        raise SpikeplaneError(f"{where}: data_offsets is {strictjson.shown(offsets)}, "
                              f"must span {spec.nbytes} bytes of the file")
    piece = data[offsets[0]:offsets[1]]
    return np.frombuffer(piece, np.dtype(spec.dtype).newbyteorder("<")).reshape(spec.shape)
