"""Directories made once per content, safe among concurrent processes."""
import contextlib
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["BUILD", "digest", "once"]

BUILD = Path(__file__).resolve().parent.parent.parent / "build"


def digest(*parts: str | bytes) -> str:
    """First 16 hex digits of the SHA-256 of the parts, each preceded by its length."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little") + data)
    return state.hexdigest()[:16]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    # The lock file stays: deleting it would let two processes lock two files of one name.
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def once(target: Path, make: Callable[[Path], None]) -> Path:
    """The directory ``target``; if it does not exist, ``make(temporary)`` fills it.

    The temporary directory lies beside the target and takes its name when it is complete, so that
    a failure or an interruption leaves nothing behind that looks finished.
    """
    if target.is_dir():
        return target
    with _locked(target.with_name(f"{target.name}.lock")):
        if not target.is_dir():
            temporary = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
            try:
                make(temporary)
                temporary.rename(target)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    return target
