"""Hardware configurations: the choices that shape a core, and the widths that follow."""
import dataclasses
import hashlib
import json
from dataclasses import dataclass

from sw.contract.errors import SpikeplaneError
from sw.contract.strictjson import shown

__all__ = ["CORES", "CoreConfig", "core"]


@dataclass(frozen=True, kw_only=True)
class CoreConfig:
    """Choices of one core. The array computes ``lanes * word_channels * pass_channels`` synaptic
    operations per cycle (dense: one weight gated by one spike each).

    Parameters
    ----------
    lanes
        L: (image, step) planes processed at once, a power of two up to 8.
    images
        Images that the lanes may be shared by, 1, 2, 4 or 8 (and no more than lanes).
    word_channels
        Pi: channels in a spike word, 4, 8, 16, 32 or 64.
    pass_channels
        Po: output channels of a pass over the pixels, a power of two up to ``word_channels``.
    weight_bits
        Width of a weight in the array, 4 or 8; a layer may use fewer.
    accumulator_bits
        Signed width of a partial sum.
    count_bits
        Unsigned width of an attention accumulator, which also sums tokens for the head.
    fraction_bits
        Fraction bits F that a layer may have, at most 4.
    neuron_lanes
        Lanes that a membrane passes in a cycle, a power of two up to ``lanes``: more take fewer
        registers and a slower clock.
    head_words
        Spike words of the longest attention head, 1, 2, 4 or 8.
    pool
        Whether there is a pooling unit.
    side, channels
        Largest height or width of a map, and channels of a layer: what commands can count.
    queries
        Query tokens that attention holds at once, a power of two up to 8; it processes ``queries /
        2`` (query, key) pairs per cycle.
    spike_words, psum_words, mask_words
        Depths: spike memory (words), partial-sum memory (pixels of a tile), plane masks (pixels of
        multi-plane tensors).
    memory_bits
        Width of the memory port, 8 to 64.
    memory_space
        Bits of a byte address of the external memory, 12 to 32.
    counter_bits
        Width of the counters of a command, which wrap, 16 to 32.
    prefetch_words
        Depth of the weight prefetch buffer, in memory words.
    """
    lanes: int = 4
    images: int = 8
    word_channels: int = 32
    pass_channels: int = 8
    weight_bits: int = 4
    accumulator_bits: int = 18
    count_bits: int = 14
    fraction_bits: int = 4
    neuron_lanes: int = 1
    head_words: int = 8
    pool: bool = True
    side: int = 2047
    channels: int = 8192
    queries: int = 2
    spike_words: int = 8192
    psum_words: int = 256
    mask_words: int = 2048
    memory_bits: int = 32
    memory_space: int = 32
    counter_bits: int = 32
    prefetch_words: int = 64

    def __post_init__(self):
        def check(condition, field, need):
            if not condition:
                raise SpikeplaneError(
                    f"core config: {field} must be {need}, not {shown(getattr(self, field))}")

        for field in dataclasses.fields(self):
            kind = {bool: "true or false", int: "an integer"}[field.type]
            check(type(getattr(self, field.name)) is field.type, field.name, kind)
        check(self.lanes in (1, 2, 4, 8), "lanes", "1, 2, 4 or 8")
        check(self.images in (1, 2, 4, 8), "images", "1, 2, 4 or 8")
        check(self.word_channels in (4, 8, 16, 32, 64), "word_channels", "4, 8, 16, 32 or 64")
        check(self.pass_channels in (1, 2, 4, 8, 16, 32, 64)
              and self.pass_channels <= self.word_channels, "pass_channels",
              f"a power of two up to word_channels ({self.word_channels})")
        check(self.weight_bits in (4, 8), "weight_bits", "4 or 8")
        check(self.accumulator_bits in range(8, 28), "accumulator_bits", "8 to 27")
        check(self.count_bits in range(4, 17), "count_bits", "4 to 16")
        check(self.fraction_bits in range(5), "fraction_bits", "0 to 4")
        check(self.neuron_lanes in (1, 2, 4, 8) and self.neuron_lanes <= self.lanes,
              "neuron_lanes", f"a power of two up to lanes ({self.lanes})")
        check(self.head_words in (1, 2, 4, 8), "head_words", "1, 2, 4 or 8")
        check(1 <= self.side <= 2047, "side", "1 to 2047")
        check(16 <= self.channels <= 16384, "channels", "16 to 16384")
        check(self.queries in (1, 2, 4, 8), "queries", "1, 2, 4 or 8")
        # As many as the core's addresses reach, and its pixel indices.
        for field, low, high in (("spike_words", 16, 1 << 20), ("psum_words", 4, 1 << 16),
                                 ("mask_words", 4, 1 << 20)):
            check(low <= getattr(self, field) <= high, field, f"{low} to {high}")
        check(self.memory_bits in (8, 16, 32, 64), "memory_bits", "8, 16, 32 or 64")
        check(self.memory_space in range(12, 33), "memory_space", "12 to 32")
        check(self.counter_bits in range(16, 33), "counter_bits", "16 to 32")
        check(self.prefetch_words in (16, 32, 64, 128, 256, 512), "prefetch_words",
              "a power of two from 16 to 512")

    @property
    def sops(self) -> int:
        """Synaptic operations per cycle."""
        return self.lanes * self.word_channels * self.pass_channels

    @property
    def chains(self) -> range:
        """log2 of the lanes that an image may take."""
        most = self.lanes.bit_length() - 1
        return range(most - min(most, self.images.bit_length() - 1), most + 1)

    @property
    def subs(self) -> int:
        """Passes that fill one spike word."""
        return self.word_channels // self.pass_channels

    @property
    def word_bits(self) -> int:
        """Bits of a spike word: ``word_channels`` channels in each lane."""
        return self.lanes * self.word_channels

    @property
    def drive_bits(self) -> int:
        """Signed width of a partial sum with its fraction."""
        return self.accumulator_bits + self.fraction_bits

    @property
    def param_bits(self) -> int:
        """Signed width of bias and threshold, and of their sums with a partial sum."""
        return self.drive_bits + 1

    @property
    def tile_bits(self) -> int:
        """Bits of a weight tile, ``word_channels * pass_channels`` weights."""
        return self.word_channels * self.pass_channels * self.weight_bits

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the configuration as sorted JSON."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def from_dict(cls, values: dict) -> "CoreConfig":
        """Build from a JSON object. Unknown or missing fields are refused."""
        known = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(values, dict):
            raise SpikeplaneError(f"core config: must be an object, not {shown(values)}")
        for name in values:
            if name not in known:
                raise SpikeplaneError(f"core config: unknown field {shown(name)}")
        for name in sorted(known - set(values)):
            raise SpikeplaneError(f"core config: field {name!r} is missing")
        return cls(**values)

    def to_dict(self) -> dict:
        """Every field, as JSON types."""
        return dataclasses.asdict(self)


CORES = {
    # As small as it gets with 4 lanes, for an iCE40UP5K: networks without fraction bits, maps of
    # up to 15x15 pixels, 255 channels, heads of one word.
    "mini": CoreConfig(
        images=1, word_channels=4, pass_channels=1, accumulator_bits=14, count_bits=8,
        fraction_bits=0, neuron_lanes=2, head_words=2, pool=False, side=15, channels=255,
        queries=1, spike_words=2048, psum_words=64, mask_words=512, memory_bits=16,
        memory_space=17, counter_bits=20, prefetch_words=16),
    "tiny": CoreConfig(word_channels=8, pass_channels=2, spike_words=4096, memory_bits=16),
    "small": CoreConfig(word_channels=16, pass_channels=8, spike_words=4096),
    "small-w8": CoreConfig(word_channels=16, pass_channels=8, weight_bits=8, accumulator_bits=22,
                           spike_words=4096),
    "medium": CoreConfig(accumulator_bits=22, spike_words=16384, mask_words=4096),
}


def core(name: str) -> CoreConfig:
    """The core preset called ``name``; an unknown name is refused with the list of known ones."""
    if name not in CORES:
        raise SpikeplaneError(f"unknown core {name!r}; choose one of {', '.join(CORES)}")
    return CORES[name]
