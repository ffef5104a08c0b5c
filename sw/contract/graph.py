"""The network as a list of nodes in execution order, derived from a configuration.

Model, export, golden model and compiler all walk this list; a node's name is the name of its
layer everywhere: in tensors, reports, taps and error messages.
"""
from dataclasses import dataclass

from .config import ModelConfig

__all__ = ["Attention", "Conv", "Frames", "Head", "Image", "Node", "Pool", "Residual",
           "build_graph"]


@dataclass(frozen=True, kw_only=True)
class Node:
    """One layer.

    Parameters
    ----------
    name
        Unique, e.g. ``"block.0.fc1"``.
    inputs
        Names of the nodes it reads.
    shape
        Output (channels, height, width) of one image and time step.
    levels
        Largest output value: 1 for spikes, more for residual streams and images.
    """
    name: str
    inputs: tuple[str, ...]
    shape: tuple[int, int, int]
    levels: int = 1

    @property
    def bits(self) -> int:
        """Bit-planes of the output."""
        return self.levels.bit_length()


@dataclass(frozen=True, kw_only=True)
class Image(Node):
    """The input: unsigned pixels, the same at every step; ``pad_value`` per channel."""
    pad_value: tuple[int, ...]

    @property
    def frames(self) -> int:
        """Frames of one input."""
        return 1

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return self.shape


@dataclass(frozen=True, kw_only=True)
class Frames(Image):
    """The input as a frame for each of ``steps`` time steps, as event cameras give it."""
    steps: int

    @property
    def frames(self) -> int:
        return self.steps

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.steps, *self.shape)


@dataclass(frozen=True, kw_only=True)
class Conv(Node):
    """Convolution and LIF neurons; a linear layer over tokens is ``kernel=1``.

    ``X = (sum(w * x) << F) + bias; V = (V + X) >> 1; spike = V >= threshold; V = 0 on a spike``.
    Tensors ``<name>.weight`` (O, I, kernel, kernel), ``<name>.bias`` (O), ``<name>.threshold`` (O).
    """
    in_shape: tuple[int, int, int]
    in_levels: int
    kernel: int
    stride: int
    pad: int
    weight_bits: int
    fraction_bits: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image and step, padding included (dense)."""
        channels, height, width = self.shape
        return channels * height * width * self.in_shape[0] * self.kernel ** 2


@dataclass(frozen=True, kw_only=True)
class Pool(Node):
    """Max-pooling of spikes, 3x3, stride 2, padding 1: the OR of the window."""
    in_shape: tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Residual(Node):
    """``add``: inputs[0] + inputs[1]; ``iand``: inputs[0] & ~inputs[1]. inputs[1] are spikes."""
    form: str


@dataclass(frozen=True, kw_only=True)
class Attention(Node):
    """LIF of (Q K^T) V per head, inputs (q, k, v); ``X`` is the integer product, F = 0, bias 0.

    Head h owns channels [h * d, (h + 1) * d), d = channels / heads; tokens are the pixels.
    """
    heads: int
    threshold: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates of both products as Q K^T, then V."""
        channels, height, width = self.shape
        return 2 * channels * (height * width) ** 2


@dataclass(frozen=True, kw_only=True)
class Head(Node):
    """Logits: ``weight @ sum of the input over tokens and steps + bias``; shape (classes, 1, 1).

    Tensors ``<name>.weight`` (classes, I) and ``<name>.bias`` (classes).
    """
    in_shape: tuple[int, int, int]
    in_levels: int
    weight_bits: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image, all steps together."""
        return self.shape[0] * self.in_shape[0]


class _Builder:
    """Appends nodes; each method returns the node it made."""

    def __init__(self, config: ModelConfig):
        self.config = config
        self.nodes: list[Node] = []

    def append(self, node: Node) -> Node:
        self.nodes.append(node)
        return node

    def conv(self, name, source, channels, *, kernel=1, stride=1, pad=0):
        _, height, width = source.shape
        size = [(side + 2 * pad - kernel) // stride + 1 for side in (height, width)]
        return self.append(Conv(
            name=name, inputs=(source.name,), shape=(channels, *size), in_shape=source.shape,
            in_levels=source.levels, kernel=kernel, stride=stride, pad=pad,
            weight_bits=self.config.weight_bits, fraction_bits=self.config.fraction_bits))

    def pool(self, name, source):
        channels, height, width = source.shape
        return self.append(Pool(
            name=name, inputs=(source.name,), in_shape=source.shape,
            shape=(channels, (height - 1) // 2 + 1, (width - 1) // 2 + 1)))

    def residual(self, name, stream, spikes):
        form = self.config.residual
        levels = stream.levels + 1 if form == "add" else 1
        return self.append(Residual(name=name, inputs=(stream.name, spikes.name), form=form,
                                    shape=stream.shape, levels=levels))

    def scs(self, x):
        for i in range(self.config.stages):
            channels = self.config.dim >> (self.config.stages - 1 - i)
            x = self.conv(f"stem.{i}.down", x, channels, kernel=2, stride=2)
            y = self.conv(f"stem.{i}.expand", x, channels * self.config.expansion, kernel=3, pad=1)
            y = self.conv(f"stem.{i}.project", y, channels, kernel=3, pad=1)
            x = self.residual(f"stem.{i}.residual", x, y)
        return x

    def sps(self, x):
        for i, pooled in enumerate(self.config.pools):
            x = self.conv(f"stem.conv{i}", x, self.config.dim >> (3 - i), kernel=3, pad=1)
            if pooled:
                x = self.pool(f"stem.pool{i}", x)
        y = self.conv("stem.position", x, self.config.dim, kernel=3, pad=1)
        return self.residual("stem.residual", x, y)

    def block(self, name, x):
        config = self.config
        q, k, v = (self.conv(f"{name}.{c}", x, config.dim) for c in "qkv")
        y = self.append(Attention(
            name=f"{name}.attention", inputs=(q.name, k.name, v.name), shape=x.shape,
            heads=config.heads, threshold=config.attention_threshold))
        y = self.conv(f"{name}.proj", y, config.dim)
        x = self.residual(f"{name}.residual1", x, y)
        y = self.conv(f"{name}.fc1", x, config.dim * config.mlp_ratio)
        y = self.conv(f"{name}.fc2", y, config.dim)
        return self.residual(f"{name}.residual2", x, y)


def build_graph(config: ModelConfig) -> tuple[Node, ...]:
    """Nodes in execution order, the :class:`Image` first and the :class:`Head` last."""
    build = _Builder(config)
    pad_value = config.pad_value or (0,) * config.image[0]
    source = {"name": "image", "inputs": (), "shape": config.image, "pad_value": pad_value,
              "levels": (1 << config.image_bits) - 1}
    x = build.append(Frames(steps=config.steps, **source) if config.frames else Image(**source))
    x = build.scs(x) if config.stem == "scs" else build.sps(x)
    for i in range(config.depth):
        x = build.block(f"block.{i}", x)
    build.append(Head(name="head", inputs=(x.name,), shape=(config.classes, 1, 1), levels=0,
                      in_shape=x.shape, in_levels=x.levels, weight_bits=config.head_bits))
    return tuple(build.nodes)
