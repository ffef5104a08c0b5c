"""Files of a data set that the user has downloaded."""
import gzip
import zlib
from pathlib import Path

from sw.contract.errors import SpikeplaneError

__all__ = ["find", "read", "required"]


def find(directory: Path | None, data_set: str, places: tuple[str, ...], names: tuple[str, ...],
         source: str) -> Path:
    """The folder that has these files, plain or gzipped: ``directory`` or one of its ``places``.

    Raises
    ------
    SpikeplaneError
        No directory was given, or a file is missing; ``source`` tells where the set comes from.
    """
    about = f"{', '.join(names)} of {source}"
    directory, cure = required(directory, data_set, about), f"it is {about}"
    for folder in (directory, *(directory / place for place in places)):
        missing = [name for name in names if not any(
            (folder / f"{name}{suffix}").is_file() for suffix in ("", ".gz"))]
        if not missing:
            return folder
        if len(missing) < len(names):
            raise SpikeplaneError(f"{folder}: {', '.join(missing)} of data set {data_set!r} is "
                                  f"missing; {cure}")
    raise SpikeplaneError(f"{directory}: data set {data_set!r} is not there; {cure}")


def required(directory: Path | None, data_set: str, about: str) -> Path:
    """The user's directory; refused if none was given. ``about`` tells what it must hold."""
    if directory is None:
        raise SpikeplaneError(f"data set {data_set!r} must be downloaded first: it is {about}; "
                              "name its directory with --data")
    return directory


def read(path: Path) -> bytes:
    """Contents of a file, or of its gzipped form."""
    packed = path.with_name(f"{path.name}.gz")
    try:
        if path.is_file():
            return path.read_bytes()
        with gzip.open(packed) as file:
            return file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SpikeplaneError(f"{packed} is damaged ({error}); download it again") from None
    except OSError as error:
        raise SpikeplaneError(f"{path}: cannot be read: {error.strerror or error}") from None
