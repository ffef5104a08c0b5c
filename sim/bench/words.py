"""Spike words in the two forms in which ports show them."""
import numpy as np

from hw.config import CoreConfig

__all__ = ["lane_words", "memory_word", "random_bits", "word_of_memory"]


def lane_words(bits: np.ndarray) -> list[int]:
    """Bits (lanes, channels) as one integer per lane, channel 0 lowest."""
    return [sum(int(bit) << k for k, bit in enumerate(lane)) for lane in bits]


def memory_word(config: CoreConfig, bits: np.ndarray) -> int:
    """Bits (lanes, word_channels) in the order of a write: channel ``sub * Po + o`` of lane l at
    bit ``(sub * L + l) * Po + o``."""
    granules = bits.reshape(config.lanes, config.subs, config.pass_channels).transpose(1, 0, 2)
    return lane_words(granules.reshape(1, -1))[0]


def word_of_memory(config: CoreConfig, word: int) -> np.ndarray:
    """Inverse of :func:`memory_word`."""
    bits = np.array([word >> k & 1 for k in range(config.word_bits)], np.uint8)
    granules = bits.reshape(config.subs, config.lanes, config.pass_channels)
    return granules.transpose(1, 0, 2).reshape(config.lanes, -1)


def random_bits(generator: np.random.Generator, shape, density: float = 0.5) -> np.ndarray:
    """Spikes, each with this probability."""
    return (generator.random(shape) < density).astype(np.uint8)
