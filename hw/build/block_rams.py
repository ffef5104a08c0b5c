"""Block RAMs of a design, from its configuration alone."""
from collections.abc import Iterator

from ..boards.board import Board, Memory
from ..config import CoreConfig

__all__ = ["block_rams", "memories"]

_SHAPES = {  # family: (smallest memory in bits that gets one, words x bits of one)
    "iCE40": (257, [(256, 16), (512, 8), (1024, 4), (2048, 2)]),
    "ECP5": (2049, [(512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)]),
    "GW2A": (1025, [(512, 32), (1024, 16), (2048, 8), (4096, 4), (8192, 2), (16384, 1)]),
}
_FRAME_BYTES = 1024


def memories(board: Board) -> Iterator[tuple[int, int]]:
    """Words and bits of every memory of a board's design with one read and one write port."""
    core = board.core
    granule = core.lanes * core.pass_channels
    yield from [(core.spike_words, granule)] * core.subs
    yield core.mask_words, 8
    sums = core.lanes * core.pass_channels
    yield from [(core.psum_words, 2 * core.accumulator_bits)] * (sums // 2)
    if sums % 2:
        yield core.psum_words, core.accumulator_bits
    yield from _queries(core)
    yield core.prefetch_words, core.memory_bits
    yield _FRAME_BYTES, 8
    if board.memory is Memory.BLOCK:
        yield board.memory_bytes * 8 // core.memory_bits, core.memory_bits


def _queries(core: CoreConfig) -> list[tuple[int, int]]:
    return [(32 // core.queries, core.word_bits)] * max(1, core.queries // 2)


def block_rams(board: Board) -> int:
    """How many the FPGA needs: each memory in the shape that takes fewest."""
    least, shapes = _SHAPES[board.family.name]
    return sum(min(-(-words // depth) * -(-bits // width) for depth, width in shapes)
               for words, bits in memories(board) if words * bits >= least)
