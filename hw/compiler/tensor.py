"""Where a layer's output lies in spike memory, and which bit is which channel."""
from dataclasses import dataclass, field

import numpy as np

from ..config import CoreConfig

__all__ = ["MIN_SEGMENT", "SpikeTensor", "head_positions"]

MIN_SEGMENT = 4
"""Channels of the smallest attention head slot, :py:`hw.core.pair_counter.QUAD`."""


@dataclass(kw_only=True)
class SpikeTensor:
    """A tensor in spike memory.

    Pixel p of word group g has ``words`` consecutive words, one per plane, at
    ``base + (g * pixels + p) * words``; its plane mask, if any, at ``mask + g * pixels + p``.

    Parameters
    ----------
    name
        Node whose output it is.
    height, width
        Map of pixels (tokens).
    planes
        Bit-planes of a value.
    words
        Words per pixel; equals ``planes`` except for an image, whose planes share lanes.
    positions
        Position of each channel: word group times word_channels plus bit.
    base, mask
        Addresses, set by the allocator; ``mask`` is None for a tensor without plane masks.
    """
    name: str
    height: int
    width: int
    planes: int
    words: int
    positions: np.ndarray = field(repr=False)
    groups: int
    masked: bool = False
    base: int = 0
    mask: int | None = None

    @property
    def pixels(self) -> int:
        """Pixels of one word group."""
        return self.height * self.width

    @property
    def size(self) -> int:
        """Words of spike memory."""
        return self.groups * self.pixels * self.words

    @property
    def mask_size(self) -> int:
        """Words of mask memory."""
        return self.groups * self.pixels if self.masked else 0

    def granules(self, config: CoreConfig) -> list[tuple[int, int]]:
        """(word group, sub) of every granule that holds a channel, in order: the passes."""
        used = np.unique(self.positions // config.pass_channels)
        return [(int(g) // config.subs, int(g) % config.subs) for g in used]


def head_positions(config: CoreConfig, channels: int, heads: int) -> tuple[np.ndarray, int, int]:
    """Layout of Q, K and V: heads do not share a slot of a word.

    Returns
    -------
    (positions, words per head, log2 of a head's channels within a word)
    """
    size = channels // heads
    if size <= config.word_channels:
        slot = max(MIN_SEGMENT, 1 << (size - 1).bit_length())
        words, segment = 1, slot.bit_length() - 1
    else:
        words = -(-size // config.word_channels)
        slot, segment = words * config.word_channels, config.word_channels.bit_length() - 1
    channel = np.arange(channels)
    return channel // size * slot + channel % size, words, segment
