"""Spikformer in PyTorch: Spikformer V1 (``sps`` stem) and V2 (``scs`` stem).

The structure is :func:`sw.contract.graph.build_graph`; this file gives each kind of node its
arithmetic, and walks the list. Time steps are folded into the batch for convolutions and batch
norm; only the neuron walks over T. A linear layer over tokens is a 1x1 convolution.
"""
import torch
import torch.nn.functional as F
from torch import nn

from sw.contract.config import ModelConfig
from sw.contract.graph import Attention, Conv, Head, Image, Pool, Residual, build_graph

from .model_statistics import BatchNorm
from .neuron import lif

__all__ = ["ConvNeuron", "LinearHead", "Spikformer", "attention", "pad_image", "residual"]


class ConvNeuron(nn.Module):
    """Convolution, batch norm, LIF with threshold 1: (N, T, I, H, W) -> (N, T, O, H', W').

    The static image has one step; its current is computed once and shown to the neuron T times.
    """

    def __init__(self, node: Conv, steps: int, pad: int):
        super().__init__()
        self.steps = steps
        self.conv = nn.Conv2d(node.in_shape[0], node.shape[0], node.kernel, node.stride, pad,
                              bias=False)
        self.bn = BatchNorm(node.shape[0])

    def forward(self, x):
        current = self.bn(self.conv(x.flatten(0, 1))).unflatten(0, x.shape[:2])
        # Not one tensor twice: compiled neurons would be compiled for that, too.
        threshold, unit = current.new_ones(()), current.new_ones(())
        return lif(current.expand(-1, self.steps, -1, -1, -1), threshold, unit)


class LinearHead(nn.Module):
    """Mean over steps and tokens, then a linear layer: (N, T, C, H, W) -> logits (N, classes)."""

    def __init__(self, node: Head):
        super().__init__()
        self.linear = nn.Linear(node.in_shape[0], node.shape[0])

    def forward(self, x):
        logits = self.linear(x.mean((1, 3, 4)))
        return logits, logits


def attention(q, k, v, *, heads: int, threshold: int):
    """Spiking self attention: LIF of ``(Q K^T) V`` per head; q, k, v are (N, T, C, H, W) spikes.

    The product is an integer, so it needs no softmax, and the published scale 1/8 and threshold
    0.5 are the integer threshold 4 (the surrogate keeps the published steepness).
    """
    n, t, c, h, w = q.shape
    q, k, v = (x.reshape(n, t, heads, c // heads, h * w) for x in (q, k, v))
    # Channels lead tokens, so that this is (Q (K^T V))^T, or ((Q K^T) V)^T when tokens are few.
    if h * w > c // heads:
        current = (v @ k.transpose(-1, -2)) @ q
    else:
        current = v @ (k.transpose(-1, -2) @ q)
    level = current.new_tensor(float(threshold))
    return lif(current.reshape(n, t, c, h, w), level, 0.5 / level, floor=True)


def residual(x, y, form: str):
    """``add``: x + y; ``iand``: x & ~y."""
    return x + y if form == "add" else x * (1 - y)


def pad_image(images, pad: int, values):
    """Frame (..., C, H, W) raw pixels with ``pad`` pixels of ``values``, one per channel."""
    values = images.new_tensor(values).view(-1, 1, 1)
    return F.pad(images - values, (pad,) * 4) + values


class Spikformer(nn.Module):
    """The real-valued network of a configuration.

    Sub-modules are named as the nodes of the graph: ``model.get_submodule("block.0.fc1")``.

    Parameters
    ----------
    config
        The network.
    mean, std
        Of the pixels, per image channel. They are buffers, so a checkpoint carries them.
    """

    def __init__(self, config: ModelConfig, mean=None, std=None):
        super().__init__()
        self.config = config
        self.graph = build_graph(config)
        channels = config.image[0]
        self.register_buffer("mean", torch.tensor(mean or [0.0] * channels).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std or [1.0] * channels).view(-1, 1, 1))
        for node in self.graph:
            if isinstance(node, Conv):
                # The image is padded as raw pixels, before anything else sees it.
                pad = 0 if node.inputs == ("image",) else node.pad
                self._attach(node.name, self.make_conv(node, pad))
            elif isinstance(node, Head):
                self._attach(node.name, self.make_head(node))

    def make_conv(self, node: Conv, pad: int) -> nn.Module:
        """The layer of a convolution and its neurons."""
        return ConvNeuron(node, self.config.steps, pad)

    def make_head(self, node: Head) -> nn.Module:
        """The layer of the classification head."""
        return LinearHead(node)

    def set_steps(self, steps: int) -> None:
        """Compute with another number of time steps from now on; the weights are the same."""
        for module in self.modules():
            if hasattr(module, "steps"):
                module.steps = steps

    def _attach(self, name, layer):
        parent, *path = self, *name.split(".")
        for part in path[:-1]:
            if not hasattr(parent, part):
                parent.add_module(part, nn.Module())
            parent = getattr(parent, part)
        parent.add_module(path[-1], layer)

    def enter(self, images):
        """What the first convolution reads, from raw pixels that are already padded."""
        return (images - self.mean) / self.std

    def evaluate(self, node, inputs):
        """Output of one inner node from the outputs it reads."""
        match node:
            case Conv():
                return self.get_submodule(node.name)(*inputs)
            case Pool():
                return F.max_pool2d(inputs[0].flatten(0, 1), 3, 2, 1).unflatten(
                    0, inputs[0].shape[:2])
            case Residual():
                return residual(*inputs, node.form)
            case Attention():
                return attention(*inputs, heads=node.heads, threshold=node.threshold)

    def forward(self, images, taps: dict | None = None):
        """Logits (N, classes) of raw pixels, integers of any dtype: (N, C, H, W), or frames
        (N, T, C, H, W).

        ``taps``, when given, receives the output of every node by name: (N, T, C, H, W), the
        head's as (N, classes).
        """
        images = images.to(self.mean.dtype)
        values = {}
        for node in self.graph:
            match node:
                case Image():
                    pad = next(n.pad for n in self.graph if isinstance(n, Conv))
                    frames = images.reshape(len(images), node.frames, *node.shape)
                    padded = pad_image(frames, pad, node.pad_value)
                    values[node.name] = self.enter(padded)
                case Head():
                    logits, values[node.name] = self.get_submodule(node.name)(
                        values[node.inputs[0]])
                case _:
                    values[node.name] = self.evaluate(node, [values[i] for i in node.inputs])
        if taps is not None:
            source = self.graph[0]
            taps |= values | {
                source.name: images.reshape(len(images), source.frames, *source.shape)}
        return logits
