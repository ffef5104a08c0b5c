"""Model configurations: every choice that shapes a network, and the presets by name."""
import dataclasses
import reprlib
from dataclasses import dataclass

from .errors import SpikeplaneError

__all__ = ["PRESETS", "ModelConfig", "preset"]

_CHOICES = {
    "stem": ("scs", "sps"), "image_bits": tuple(range(1, 9)), "residual": ("add", "iand"),
    "weight_bits": (2, 4, 8), "head_bits": (2, 4, 8), "fraction_bits": tuple(range(5)),
    "frames": (False, True),
}
# Far beyond what hardware holds; they keep the graph of any configuration small.
_LIMITS = {
    "dim": 4096, "depth": 64, "heads": 64, "steps": 64, "stages": 8, "expansion": 16,
    "mlp_ratio": 16, "attention_threshold": 1 << 24, "classes": 1 << 16,
}
_SIDE_LIMIT = 1024
_ADDED = {"frames"}
"""Fields that artefacts of earlier versions do not have; their default is what those meant."""


def _ints(values, low, high):
    return all(type(v) is int and low <= v <= high for v in values)


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Choices of one Spikformer network; :func:`sw.contract.graph.build_graph` derives the rest.

    Model and names follow Spikformer (ICLR 2023) and Spikformer V2 (arXiv 2401.02020).

    Parameters
    ----------
    stem
        ``"scs"``: the V2 spiking convolutional stem, ``stages`` stages of a 2x2 stride-2
        convolution and one residual block of two 3x3 convolutions. ``"sps"``: the V1 stem, four
        3x3 convolutions with optional 3x3 stride-2 max-pooling and a position convolution.
    image
        Input shape (channels, height, width).
    image_bits
        Bits of an input pixel, 1 to 8.
    frames
        Whether the input is one frame per time step instead of one image for all of them.
    pad_value
        Pixel value that pads the image, per channel; empty for zeros. Used by ``sps`` only: a
        padded pixel is the mean pixel, so that it is zero after normalisation.
    dim, depth, heads
        Width, number of blocks, and attention heads. ``heads`` divides ``dim``.
    steps
        Time steps T.
    stages
        Stages of the ``scs`` stem; stage i has ``dim >> (stages - 1 - i)`` channels.
    pools
        Whether each of the four ``sps`` convolutions is followed by max-pooling.
    expansion, mlp_ratio
        Widening of the ``scs`` residual block and of the MLP.
    residual
        ``"add"``: integer sum of spikes. ``"iand"``: ``x & ~y``, every stream stays binary.
    weight_bits
        2 (-1, 0 and 1), 4 or 8, of every layer but the head.
    head_bits
        Weight bits of the classification head.
    fraction_bits
        F: bias and threshold are integers in units of 2**-F accumulator LSBs, 0 to 4.
    attention_threshold
        Integer threshold of the attention neuron, in units of the integer (Q K^T) V. 4 is the
        published threshold 0.5 at scale 1/8.
    classes
        Number of classes.
    """
    stem: str = "scs"
    image: tuple[int, int, int] = (1, 8, 8)
    image_bits: int = 8
    frames: bool = False
    pad_value: tuple[int, ...] = ()
    dim: int = 64
    depth: int = 1
    heads: int = 4
    steps: int = 4
    stages: int = 1
    pools: tuple[bool, ...] = (False, False, True, True)
    expansion: int = 4
    mlp_ratio: int = 4
    residual: str = "add"
    weight_bits: int = 4
    head_bits: int = 4
    fraction_bits: int = 4
    attention_threshold: int = 4
    classes: int = 10

    def __post_init__(self):
        for field, choices in _CHOICES.items():
            value = getattr(self, field)
            # By type too: True and 8.0 equal integers.
            self._check(any(type(value) is type(c) and value == c for c in choices), field,
                        f"one of {', '.join(map(repr, choices))}")
        for field, high in _LIMITS.items():
            self._check(_ints([getattr(self, field)], 1, high), field, f"from 1 to {high}")
        self._check(type(self.image) is tuple and len(self.image) == 3
                    and _ints(self.image, 1, _SIDE_LIMIT), "image",
                    f"a (channels, height, width) of integers from 1 to {_SIDE_LIMIT}")
        self._check(type(self.pad_value) is tuple
                    and len(self.pad_value) in (0, self.image[0])
                    and _ints(self.pad_value, 0, (1 << self.image_bits) - 1),
                    "pad_value", "empty or one pixel value per image channel")
        self._check(type(self.pools) is tuple and len(self.pools) == 4
                    and all(type(p) is bool for p in self.pools), "pools", "four booleans")
        self._check(self.dim % self.heads == 0, "heads", f"a divisor of dim {self.dim}")
        if self.stem == "scs":
            self._check(self.dim % (1 << (self.stages - 1)) == 0, "dim",
                        f"a multiple of {1 << (self.stages - 1)} for {self.stages} stem stages")
            self._check(min(self.image[1:]) >= 1 << self.stages, "image", f"at least "
                        f"{1 << self.stages} pixels high and wide for {self.stages} stem stages")
        else:
            self._check(self.dim % 8 == 0, "dim", "a multiple of 8 for the sps stem")

    def _check(self, condition, field, need):
        if not condition:
            raise SpikeplaneError(
                f"model config: {field} must be {need}, not {reprlib.repr(getattr(self, field))}")

    @classmethod
    def from_dict(cls, values: dict) -> "ModelConfig":
        """Build from a JSON object; lists become tuples.

        Unknown and missing fields are refused, but for those that earlier versions did not have.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(values, dict):
            raise SpikeplaneError(f"model config: must be an object, not {reprlib.repr(values)}")
        for name in values:
            if name not in known:
                raise SpikeplaneError(f"model config: unknown field {reprlib.repr(name)}")
        for name in sorted(known - set(values) - _ADDED):
            raise SpikeplaneError(f"model config: field {name!r} is missing")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    def to_dict(self) -> dict:
        """Every field, as JSON types."""
        return {k: list(v) if isinstance(v, tuple) else v
                for k, v in dataclasses.asdict(self).items()}


_IMAGENET = {"image": (3, 224, 224), "classes": 1000}
_V1 = {"stem": "sps", "pools": (True, True, True, True)}
_CIFAR = {"image": (3, 32, 32)}
_CIFAR_V1 = {"stem": "sps", "pad_value": (125, 123, 114), **_CIFAR}

PRESETS = {
    # scikit-learn's digits: 8x8 pixels of 0..16, the network of `make sim`.
    "digits": ModelConfig(image=(1, 8, 8), image_bits=5, dim=64, depth=2, heads=4, stages=1),
    # The same for boards whose only memory is on the FPGA: half the width, no fraction bits.
    "digits-mini": ModelConfig(image=(1, 8, 8), image_bits=5, dim=32, depth=2, heads=4, stages=1,
                               fraction_bits=0),
    # Fashion-MNIST: the V2 stem with two stages, 28 to 7 pixels.
    "fashion": ModelConfig(image=(1, 28, 28), dim=96, depth=2, heads=6, stages=2, expansion=2,
                           steps=2),
    # N-MNIST: events of two polarities, counted into a frame for each step.
    "nmnist": ModelConfig(image=(2, 34, 34), image_bits=3, frames=True, dim=64, depth=2, heads=4,
                          stages=2, expansion=2),
    # Spikformer V2 (arXiv 2401.02020): blocks-width. Heads are not published.
    "v2-8-384": ModelConfig(dim=384, depth=8, heads=8, stages=4, **_IMAGENET),
    "v2-8-512": ModelConfig(dim=512, depth=8, heads=8, stages=4, **_IMAGENET),
    "v2-16-768": ModelConfig(dim=768, depth=16, heads=12, stages=4, steps=1, **_IMAGENET),
    # The same at CIFAR size: two stages, 32 to 8 pixels.
    "cifar-v2-2-128": ModelConfig(dim=128, depth=2, heads=4, stages=2, expansion=2, **_CIFAR),
    "cifar-v2-4-256": ModelConfig(dim=256, depth=4, heads=8, stages=2, expansion=2, **_CIFAR),
    # Spikformer V1 (ICLR 2023) for ImageNet; padding is the mean pixel.
    "v1-8-384": ModelConfig(dim=384, depth=8, heads=8, pad_value=(124, 116, 104), **_V1,
                            **_IMAGENET),
    "v1-8-512": ModelConfig(dim=512, depth=8, heads=8, pad_value=(124, 116, 104), **_V1,
                            **_IMAGENET),
    "v1-8-768": ModelConfig(dim=768, depth=8, heads=12, pad_value=(124, 116, 104), **_V1,
                            **_IMAGENET),
    # V1 for CIFAR; the second is the network of `make bench`.
    "cifar-v1-4-384": ModelConfig(dim=384, depth=4, heads=12, **_CIFAR_V1),
    "cifar-v1-2-256": ModelConfig(stem="sps", dim=256, depth=2, heads=8, **_CIFAR),
    # V1 for event cameras of 128x128 pixels; its attention is scaled by 1/4.
    "events-v1-2-256": ModelConfig(image=(2, 128, 128), image_bits=4, frames=True, dim=256, depth=2,
                                   heads=16, steps=16, attention_threshold=2, **_V1),
}


def preset(name: str) -> ModelConfig:
    """The preset called ``name``; an unknown name is refused with the list of known ones."""
    if name not in PRESETS:
        raise SpikeplaneError(f"unknown preset {name!r}; choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
