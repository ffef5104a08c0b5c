"""N-MNIST: recordings of an event camera, counted into frames."""
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Image

from .files import required
from .split import Split

__all__ = ["SIDE", "count_events", "nmnist", "read_events"]

SIDE = 34
_RECORD = 5
_SOURCE = ("the folders Train and Test of https://www.garrickorchard.com/datasets/n-mnist, each "
           "with the folders 0 to 9 of .bin files")


def nmnist(directory: Path | None, part: str, source: Image) -> Split:
    """Frames (N, T, 2, 34, 34): events of each polarity, at most the network's levels, in as many
    spans of time as it has frames.

    Recordings come by class and file name.
    """
    directory = required(directory, "nmnist", _SOURCE)
    name = part.capitalize()
    folder = next((base / name for base in (directory, directory / "N-MNIST")
                   if (base / name).is_dir()), None)
    if folder is None:
        raise SpikeplaneError(f"{directory}: data set 'nmnist' is not there; it is {_SOURCE}")
    images, labels = [], []
    for label in range(10):
        files = sorted((folder / str(label)).glob("*.bin"))
        if not files:
            raise SpikeplaneError(f"{folder / str(label)}: there is no .bin file; data set "
                                  f"'nmnist' is {_SOURCE}")
        for path in files:
            images.append(count_events(*read_events(path), source.frames, source.levels))
            labels.append(label)
    return Split(np.stack(images), np.array(labels, np.int64), tuple("0123456789"))


def read_events(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(x, y, polarity, time in microseconds) of a recording.

    An event is 40 bits, big-endian: 8 of x, 8 of y, one of polarity, 23 of time
    (Orchard et al. 2015).
    """
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise SpikeplaneError(f"{path}: cannot be read: {error.strerror}") from None
    if not len(content) or len(content) % _RECORD:
        raise SpikeplaneError(f"{path}: has {len(content)} bytes, not a number of events of "
                              f"{_RECORD}; download it again")
    x, y, high, middle, low = content.reshape(-1, _RECORD).T.astype(np.int64)
    if max(x.max(), y.max()) >= SIDE:
        raise SpikeplaneError(f"{path}: an event lies at ({x.max()}, {y.max()}), beyond "
                              f"{SIDE}x{SIDE} pixels; is it a recording of N-MNIST?")
    return x, y, high >> 7, (high & 0x7F) << 16 | middle << 8 | low


def count_events(x: np.ndarray, y: np.ndarray, polarity: np.ndarray, time: np.ndarray,
                 frames: int, levels: int) -> np.ndarray:
    """Events of each polarity and pixel in ``frames`` equal spans of the recording's time:
    (frames, 2, 34, 34) uint8, at most ``levels``."""
    since = time - time.min()
    span = np.minimum(since * frames // (since.max() + 1), frames - 1)
    counts = np.zeros((frames, 2, SIDE, SIDE), np.int64)
    np.add.at(counts, (span, polarity, y, x), 1)
    return np.minimum(counts, levels).astype(np.uint8)
