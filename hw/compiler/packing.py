"""Bytes that the core streams: weight tiles, pass parameters, images."""
import numpy as np

from ..config import CoreConfig
from ..core.layouts import HEADER, params_layout
from ..core.weight_loader import params_words, tile_words

__all__ = ["pack_bits", "pack_image", "pack_pass", "pack_tiles", "pass_size"]


def pack_bits(bits: np.ndarray, word_bits: int) -> np.ndarray:
    """Rows of bits, lowest first, to bytes; each row is padded to whole memory words.

    ``bits``: (n, b) of 0 and 1. Returns (n, bytes) uint8, little-endian.
    """
    size = -(-bits.shape[1] // word_bits) * word_bits
    padded = np.zeros((len(bits), size), np.uint8)
    padded[:, :bits.shape[1]] = bits
    return np.packbits(padded, axis=1, bitorder="little")


def pass_size(config: CoreConfig, tiles: int) -> int:
    """Memory words of one pass: its parameters and its tiles."""
    return params_words(config) + tiles * tile_words(config)


def pack_tiles(config: CoreConfig, tiles: np.ndarray) -> np.ndarray:
    """Weight tiles (n, pass_channels, word_channels) of integers to bytes (n, tile bytes).

    Bit-plane b of output o is at bit ``(o * weight_bits + b) * word_channels``.
    """
    planes = (tiles[:, :, None, :] >> np.arange(config.weight_bits)[:, None]) & 1
    return pack_bits(planes.reshape(len(tiles), -1).astype(np.uint8), config.memory_bits)


def pack_pass(config: CoreConfig, header: dict, bias: list[int], threshold: list[int]) -> bytes:
    """Parameters of a pass, see :func:`hw.core.layouts.params_layout`."""
    layout = params_layout(config)
    value = layout.const({
        "header": {**dict.fromkeys(HEADER.members, 0), **header},
        "bias": bias, "threshold": threshold}).as_bits()
    return value.to_bytes(params_words(config) * config.memory_bits // 8, "little")


def pack_image(config: CoreConfig, chain: int, planes: int, groups: int,
               patches: np.ndarray) -> bytes:
    """Patches (images, pixels, channels) of unsigned integers to the stream of a LOAD command.

    Lane l of word j holds plane ``j * 2**chain + l % 2**chain`` of image ``l >> chain``; missing
    images are zeros. Words are ordered by (group, pixel, j).
    """
    images, pixels, channels = patches.shape
    steps, subs = 1 << chain, config.subs
    lane_image, lane_slot = np.arange(config.lanes) >> chain, np.arange(config.lanes) % steps
    values = np.zeros((config.lanes >> chain, pixels, groups * config.word_channels), np.int64)
    values[:images, :, :channels] = patches
    words = []
    for j in range(-(-planes // steps)):
        plane = j * steps + lane_slot
        bits = (values[lane_image] >> plane[:, None, None]) & (plane < planes)[:, None, None] & 1
        # (lane, pixel, group, sub, o) -> (group, pixel, sub, lane, o)
        bits = bits.reshape(config.lanes, pixels, groups, subs, config.pass_channels)
        words.append(bits.transpose(2, 1, 3, 0, 4).reshape(groups * pixels, -1))
    stacked = np.stack(words, axis=1).reshape(-1, config.word_bits)
    return pack_bits(stacked.astype(np.uint8), config.memory_bits).tobytes()
