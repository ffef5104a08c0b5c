"""A compiled network: commands, memory image, memory map."""
from dataclasses import dataclass, field

import numpy as np

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Frames, Node

from ..config import CoreConfig
from ..core.layouts import ADDRESS_BITS, COMMAND, COMMAND_BITS, Opcode, command_layout
from .packing import pack_image
from .tensor import SpikeTensor

__all__ = ["Command", "Program", "encode"]

# Sums of addresses wrap in the core, so that a start above the map may be negative.
_WRAPPING = ("source", "source_mask", "start", "group_step", "row_step", "dest", "dest_mask",
             "residual", "key", "value")
_CURES = {**dict.fromkeys(("rows", "columns", "width"), "raise side"),
          **dict.fromkeys(("groups", "passes"), "raise channels"),
          **dict.fromkeys(("stream_address", "stream_words"), "raise memory_space")}


@dataclass(frozen=True, kw_only=True)
class Command:
    """One layer command and what it stands for.

    Parameters
    ----------
    layer
        Name of the node whose output it produces (the residual's, if one is fused).
    neurons
        Name of the node whose neurons fire, or None.
    fields
        Values of :py:`hw.core.layouts.COMMAND`; missing ones are 0.
    source
        Name of the tensor it reads, or None.
    first_pixel
        First output pixel of a band.
    """
    layer: str
    neurons: str | None = None
    source: str | None = None
    first_pixel: int = 0
    fields: dict

    @property
    def opcode(self) -> Opcode:
        """What it does."""
        return self.fields["opcode"]


def encode(command: Command, config: CoreConfig) -> bytes:
    """The command as it lies in memory; refuses a number that the core cannot hold."""
    held = command_layout(config)
    fields = dict(command.fields)
    for name in _WRAPPING:
        fields[name] = fields.get(name, 0) % (1 << ADDRESS_BITS)
    for name, value in fields.items():
        width = COMMAND[name].width if name in _WRAPPING else held[name].width
        if isinstance(value, int) and value >> width:
            raise SpikeplaneError(
                f"layer {command.layer}: {name} is {value}, beyond the {width} bits that the core "
                f"has for it; {_CURES.get(name, 'use a smaller network or wider words')}")
    value = COMMAND.const(fields).as_bits()
    return value.to_bytes(COMMAND_BITS // 8, "little")


@dataclass(frozen=True, kw_only=True)
class Program:
    """Everything the core needs to run a network, and what a reader needs to understand it.

    Parameters
    ----------
    config
        The core it was compiled for.
    graph
        The network's nodes.
    steps
        Time steps T.
    chain
        log2 of the lanes of one image; ``images`` images run at once.
    commands
        In order, without the final HALT.
    tensors
        By node name, those in spike memory.
    memory
        Commands and weights, from byte address 0; the image region behind them is zeros.
    image_address
        Byte address of the packed images.
    spike_words, mask_words
        Words in use of the on-chip memories, at most.
    entry
        Byte address of the first command.
    """
    config: CoreConfig
    graph: tuple[Node, ...]
    steps: int
    chain: int
    commands: tuple[Command, ...]
    tensors: dict[str, SpikeTensor]
    memory: bytes = field(repr=False)
    image_address: int
    spike_words: int
    mask_words: int
    entry: int = 0

    @property
    def images(self) -> int:
        """Images of one run."""
        return self.config.lanes >> self.chain

    def image_bytes(self, images: np.ndarray) -> bytes:
        """Contents of the image region for up to :attr:`images` images (n, C, H, W) uint8, or as
        many series of frames (n, T, C, H, W)."""
        tensor = self.tensors["image"]
        patches = self.patches(images)
        if not isinstance(self.graph[0], Frames):
            return pack_image(self.config, self.chain, tensor.planes, tensor.groups, patches[:, 0])
        lanes = np.zeros((len(images), 1 << self.chain, *patches.shape[2:]), np.uint8)
        lanes[:, :self.steps] = patches
        return pack_image(self.config, 0, tensor.planes, tensor.groups,
                          lanes.reshape(-1, *patches.shape[2:]))

    def patches(self, images: np.ndarray) -> np.ndarray:
        """What the first convolution sees of inputs: (n, 1 or T, pixels, channels), see
        :func:`fold_image`."""
        source = self.graph[0]
        consumer = next(node for node in self.graph if source.name in node.inputs)
        folded = fold_image(images.reshape(-1, *source.shape), consumer, source.pad_value)
        return folded.reshape(len(images), source.frames, *folded.shape[1:])


def fold_image(images: np.ndarray, conv, pad_value) -> np.ndarray:
    """Receptive fields of the first convolution as channels: (N, pixels, kernel * kernel * C).

    The first layer then is a 1x1 convolution: its few channels would leave a word nearly empty.
    """
    count, channels, height, width = images.shape
    padded = np.empty((count, channels, height + 2 * conv.pad, width + 2 * conv.pad), np.uint8)
    padded[:] = np.array(pad_value, np.uint8)[None, :, None, None]
    padded[:, :, conv.pad:conv.pad + height, conv.pad:conv.pad + width] = images
    view = np.lib.stride_tricks.sliding_window_view(padded, (conv.kernel, conv.kernel), (2, 3))
    view = view[:, :, ::conv.stride, ::conv.stride]
    # (N, C, y, x, ky, kx) -> (N, y, x, ky, kx, C)
    return view.transpose(0, 2, 3, 4, 5, 1).reshape(count, conv.shape[1] * conv.shape[2], -1)
