"""Every layout that crosses a component boundary, and the only place that knows bit orders."""
from amaranth import *
from amaranth.lib import data, enum, stream
from amaranth.lib.wiring import Out, Signature

from ..config import CoreConfig

__all__ = [
    "ADDRESS_BITS", "COMMAND", "COMMAND_BITS", "HEADER", "MASK_PLANES", "PADS", "RECORD",
    "REQUEST", "RESULT", "Drain", "Opcode", "address_bits", "command_layout", "dot_bits",
    "index_bits", "info_layout", "mask_port", "params_layout", "read_port", "step_layout",
    "sub_bits", "tap_layout", "tile_layout", "word_stream", "write_port",
]

ADDRESS_BITS = 20
"""Spike-memory word addresses and pixel indices in commands and at the memories; sums wrap, so a
negative start is allowed. A core keeps :func:`address_bits` of them."""
MASK_PLANES = 8
"""Planes of a tensor, at most; a plane mask describes all of them."""
COMMAND_BITS = 512
"""A command in memory, 64 bytes, first field in the lowest bits, little-endian."""


class Opcode(enum.Enum, shape=4):
    HALT = 0
    #: Stream an image from memory into spike memory.
    LOAD = 1
    #: Convolution or linear layer, neurons, optional residual; or the head's product.
    CONV = 2
    #: OR of a 3x3 window, stride 2.
    POOL = 3
    #: Neurons of (Q K^T) V.
    ATTEND = 4


class Drain(enum.Enum, shape=2):
    """Where the finished sums of a pass go."""
    #: Neurons, then spike memory.
    SPIKES = 0
    #: Neurons, added to the residual stream.
    ADD = 1
    #: Neurons, residual & ~spike.
    IAND = 2
    #: Sum over the pixels, then over the lanes of an image, plus bias, to the result stream.
    LOGITS = 3


PADS = data.StructLayout({"top": 1, "bottom": 1, "left": 1, "right": 1})

COMMAND = data.StructLayout({
    "opcode": Opcode,
    "chain": 2,              # log2 of the lanes that are steps of one image
    "lane_mask": 8,          # lanes that carry a step; others never spike
    "fraction": 3,           # F of bias and threshold
    "drain": Drain,
    "segment": 3,            # log2 of the channels of an attention head within a word
    "pads": PADS,            # sides where the outermost tap leaves the source
    "image": 1,              # source planes lie in lane slots, broadcast to the lanes of the image
    "masked": 1,             # the source has plane masks
    "mask_out": 1,           # plane masks are written for the destination
    "reserved": 3,
    # Source: pixel (group, y, x) has `source_words` words from source + pixel * source_words.
    "source": ADDRESS_BITS,
    "source_words": 4,
    "planes": 4,
    "source_mask": ADDRESS_BITS,
    "start": ADDRESS_BITS,   # pixel of the first tap at the first output pixel, wraps below zero
    "group_step": ADDRESS_BITS,
    "row_step": 12,          # source pixels between output rows
    "width": 11,             # source pixels between tap rows
    "column_step": 2,        # source pixels between output columns
    "rows": 11,
    "columns": 11,
    "taps_y": 2,             # taps - 1
    "taps_x": 2,
    "groups": 10,            # words per pixel and plane of the source
    "passes": 12,
    "dest": ADDRESS_BITS,
    "dest_words": 4,
    "dest_mask": ADDRESS_BITS,
    "residual": ADDRESS_BITS,
    "residual_words": 4,
    "key": ADDRESS_BITS,
    "value": ADDRESS_BITS,
    "pixels": ADDRESS_BITS,  # tokens, or pixels of an image to load
    "head_words": 4,
    "threshold": 24,
    "stream_address": 32,    # bytes
    "stream_words": 24,      # memory words of weights or image
})

_ADDRESSES = ("source", "source_mask", "start", "group_step", "row_step", "dest", "dest_mask",
              "residual", "key", "value")
"""Fields that address words or pixels of the on-chip memories, modulo their depth."""

HEADER = data.StructLayout({
    "pixel": ADDRESS_BITS,   # destination pixel index of the pass: word group * pixels
    "sub": 6,                # which granule of the word
    "clear": 1,              # first pass of a word: zero the other granules
    "tiles": 14,             # weight tiles that follow: taps * groups
    "reserved": 7,
})

REQUEST = data.StructLayout({"address": 32, "length": 16})
RESULT = data.StructLayout({"image": 4, "label": 16, "value": signed(32)})
RECORD = data.StructLayout({
    "index": 32,             # of the command in its program
    "opcode": 32,
    "begin": 32,             # cycle since start at which the command began
    "cycles": 32,            # cycles it took
    "compute": 32,           # cycles in which the synapse array had a word
    "stall": 32,             # cycles waiting for weights or image words
    "skipped": 32,           # all-zero plane words that cost no array cycle
    "spikes": 32,            # spikes its neurons emitted
})


def address_bits(config: CoreConfig) -> int:
    """Bits of spike-memory and mask-memory addresses, and of pixel indices."""
    return max(config.spike_words - 1, config.mask_words - 1).bit_length()


def index_bits(config: CoreConfig) -> int:
    """Bits of the index of a partial sum: of the pixels of a tile."""
    return (config.psum_words - 1).bit_length()


def sub_bits(config: CoreConfig) -> int:
    """Bits of the index of a granule in its word."""
    return max(1, (config.subs - 1).bit_length())


def command_layout(config: CoreConfig) -> data.StructLayout:
    """:py:`COMMAND` with no more bits than this core has use for."""
    limits = {"lane_mask": config.lanes, "threshold": config.param_bits,
              "stream_address": config.memory_space, "stream_words": config.memory_space,
              **dict.fromkeys(_ADDRESSES, address_bits(config)),
              **dict.fromkeys(("rows", "columns", "width"), config.side.bit_length()),
              "pixels": config.spike_words.bit_length(),
              "head_words": config.head_words.bit_length(),
              "groups": (-(-config.channels // config.word_channels)).bit_length(),
              "passes": (-(-config.channels // config.pass_channels)).bit_length()}
    return data.StructLayout({
        name: min(shape, limits[name]) if name in limits else shape
        for name, shape in COMMAND.members.items()})


def tile_layout(config: CoreConfig) -> data.StructLayout:
    """A weight tile and the pixels that meet it."""
    command = command_layout(config)
    return data.StructLayout({
        "first": 1,              # first tile of a pass: partial sums start at zero
        "last": 1,               # last tile of a pass: partial sums drain
        "end": 1,                # last tile of the command
        "outside": PADS,         # sides on which the visited range leaves the source
        "origin": address_bits(config),  # source pixel of the first visited output pixel
        "index": index_bits(config),     # its partial sum
        "rows": command["rows"].shape,   # visited rows - 1
        "columns": command["columns"].shape,
    })


def step_layout(config: CoreConfig) -> data.StructLayout:
    """What a spike word means to the array and to the partial sums."""
    return data.StructLayout({
        "valid": 1,
        "swap": 1,               # the next weight tile takes over with this step
        "zero": 1,               # the word is all zeros whatever the memory says
        "residual": 1,           # the word belongs to the residual stream
        "slot": 3,
        "plane": 3,
        "first_plane": 1,
        "last_plane": 1,
        "first_tile": 1,
        "last_tile": 1,
        "swap_params": 1,
        "end": 1,
        "sub": sub_bits(config),
        "index": index_bits(config),
    })


def info_layout(config: CoreConfig) -> data.StructLayout:
    """Where the outputs of a pass at a pixel go."""
    return data.StructLayout({
        "pixel": address_bits(config),   # destination pixel index
        "sub": sub_bits(config),
        "clear": 1,
        "end": 1,                        # last output of the command
    })


def dot_bits(config: CoreConfig) -> int:
    """Bits of a synapse array's dot product: |dot| <= word_channels * 2 ** (weight_bits - 1)."""
    return config.weight_bits + (config.word_channels - 1).bit_length()


def params_layout(config: CoreConfig) -> data.StructLayout:
    """Parameters of one pass as streamed before its tiles."""
    value = signed(config.param_bits)
    return data.StructLayout({
        "header": HEADER,
        "bias": data.ArrayLayout(value, config.pass_channels),
        "threshold": data.ArrayLayout(value, config.pass_channels),
    })


def tap_layout(config: CoreConfig) -> data.StructLayout:
    """What happens in a cycle: a spike word is written (``enable`` is not zero), and neurons fire,
    which a residual hides from memory. ``spikes`` has channel o of lane l at bit ``l * Po + o``."""
    return data.StructLayout({
        "valid": 1,
        "enable": config.subs, "address": ADDRESS_BITS, "data": config.word_bits,
        "fired": 1, "pixel": ADDRESS_BITS, "sub": 6,
        "spikes": config.lanes * config.pass_channels})


def read_port(config: CoreConfig) -> Signature:
    """Read request to a synchronous memory; its data holds until the next one's."""
    return Signature({"enable": Out(1), "address": Out(address_bits(config))})


def write_port(config: CoreConfig) -> Signature:
    """Write of a spike word: one enable bit per granule, channel ``sub * Po + o`` of lane l at bit
    ``(sub * L + l) * Po + o``."""
    return Signature({"enable": Out(config.subs), "address": Out(address_bits(config)),
                      "data": Out(config.word_bits)})


def mask_port(config: CoreConfig) -> Signature:
    """Write of a plane mask, bit b set when plane b of the pixel's word has a spike."""
    return Signature({"enable": Out(1), "address": Out(address_bits(config)),
                      "data": Out(MASK_PLANES)})


def word_stream(config: CoreConfig) -> Signature:
    """Memory words in program order."""
    return stream.Signature(unsigned(config.memory_bits))
