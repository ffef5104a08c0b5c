"""Block RAMs of a design, from its configuration alone."""
from collections.abc import Iterator

from amaranth.hdl import Shape

from ..boards.board import Board, Memory
from ..config import CoreConfig
from ..core.spike_writer import SpikeWriter
from ..link.microcode import MICROCODE, ROWS

__all__ = ["block_rams", "memories"]

_SHAPES = {  # family: (smallest memory in bits that gets one, words x bits of one)
    "iCE40": (128, [(256, 16), (512, 8), (1024, 4), (2048, 2)]),
    "ECP5": (2000, [(512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)]),
    "GW2A": (2000, [(512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)]),
}
_FRAME, _PROGRAM = (1024, 8), (ROWS, Shape.cast(MICROCODE).width)
"""Memories of the host link: a frame and the identity; the program of its sequencer."""


def memories(board: Board) -> Iterator[tuple[int, int]]:
    """Words and bits of every memory of a board's design."""
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
    yield SpikeWriter.QUEUE, granule
    yield from (_FRAME, _PROGRAM)
    if board.memory is Memory.BLOCK:
        yield board.memory_bytes * 8 // core.memory_bits, core.memory_bits


def _queries(core: CoreConfig) -> list[tuple[int, int]]:
    if core.queries * core.head_words == 1:
        return []
    return [(2 * core.head_words, core.word_bits)] * max(1, core.queries // 2)


def block_rams(board: Board) -> int:
    """How many the FPGA needs: each memory in the shape that takes fewest."""
    least, shapes = _SHAPES[board.family.name]
    return sum(min(-(-words // depth) * -(-bits // width) for depth, width in shapes)
               for words, bits in memories(board) if words * bits >= least)
