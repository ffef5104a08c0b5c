"""Whether a board's memory keeps what is written to it."""
import random
from collections.abc import Callable

from sw.host import Board, LinkError

__all__ = ["compare_memory", "exercise_memory"]

_BLOCK = 1024
_STEP = 4096


def exercise_memory(board: Board, seed: int) -> int:
    """Write random data where a wrong address line would show, then read it all back.

    A word each at every power of two, a block at the begin and one at the end.

    Returns
    -------
    int
        Bytes compared.

    Raises
    ------
    LinkError
        Something else came back.
    """
    size, word = board.identity.memory_bytes, board.identity.memory_word
    block = min(_BLOCK, size // 2 // word * word)
    numbers = random.Random(seed)
    places = {0: block, size - block: block}
    address = word
    while address < size:
        if block <= address < size - block:
            places[address] = word
        address *= 2
    written = {address: numbers.randbytes(length) for address, length in places.items()}
    for address, data in written.items():
        board.write(address, data)
    for address, data in written.items():
        compare_memory(board, address, data)
    return sum(places.values())


def compare_memory(board: Board, address: int, data: bytes,
                   progress: Callable[[int], None] | None = None) -> None:
    """Refuse a board whose memory does not hold the data, naming the first byte that differs."""
    for at in range(0, len(data), _STEP):
        part = data[at:at + _STEP]
        got = board.read(address + at, len(part))
        if got != part:
            k = next(k for k, (want, there) in enumerate(zip(part, got, strict=True))
                     if want != there)
            raise LinkError(f"the board's memory is faulty: byte {address + at + k:#x} was written "
                            f"{part[k]:#04x} and reads {got[k]:#04x}")
        if progress:
            progress(at + len(part))
