"""The quantized network: a forward pass in the very integers of the contract, and trainable.

Every tensor is float32 holding integers, so that the result is the integer network's and autograd
still works: rounding passes the gradient on unchanged (straight-through), the neuron has its
surrogate. Weights, steps and batch norm stay real-valued parameters behind it.
"""
import dataclasses

import torch
from torch import nn

from sw.contract.bounds import layer_bounds
from sw.contract.graph import Conv, Head
from sw.contract.tensors import weight_range

from .model import ConvNeuron, LinearHead, Spikformer
from .model_statistics import batch_statistics
from .neuron import lif

__all__ = ["QuantConvNeuron", "QuantHead", "QuantSpikformer", "quantize"]

# Clamps in accumulator LSBs. A trained channel stays far below; one whose batch-norm gain vanishes
# would need more, but is constant anyway.
MAX_THRESHOLD = 1 << 14
MAX_BIAS = 1 << 16


def _round(x):
    """Nearest integer, with the gradient of the identity."""
    return x.round().detach() + (x - x.detach())


def _to_integers(weight, step, bits):
    """``round(weight / step)`` within ``bits`` signed bits; weight and step both learn."""
    return _round((weight / step).clamp(*weight_range(bits)))


def _clipped(weight, step, bits):
    """Share of ``weight`` whose nearest multiple of ``step`` is outside of ``bits`` bits."""
    low, high = weight_range(bits)
    nearest = (weight / step).round()
    return ((nearest < low) | (nearest > high)).double().mean().item()


def _best_steps(weight, bits):
    """Logarithm of the step per row of ``weight`` (rows, n) with the least squared error."""
    largest = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / (1 << (bits - 1))
    candidates = [largest * factor for factor in torch.linspace(0.3, 1.1, 33)]
    errors = [((_to_integers(weight, step, bits) * step - weight) ** 2).sum(1)
              for step in candidates]
    best = torch.stack(errors).argmin(0)
    return torch.stack(candidates)[best, torch.arange(len(weight))].log().flatten()


class QuantConvNeuron(nn.Module):
    """Integer convolution and LIF neurons: (N, T, I, H, W) -> (N, T, O, H', W').

    ``weight = round(sign(gain) * w / step)``, ``gain = gamma / sqrt(var + eps)``; one accumulator
    LSB is ``unit = |gain| * step`` thresholds, so
    ``bias = round(2**F * (beta - gain * mean) / unit)`` and ``threshold = round(2**F / unit)``.
    While training with unfrozen batch norm, mean and var are the batch's, of ``step * acc``;
    otherwise they are the running ones, and the integers are constants.
    """

    def __init__(self, node: Conv, steps: int, pad: int):
        super().__init__()
        self.node, self.steps, self.pad = node, steps, pad
        self.weight = nn.Parameter(
            torch.zeros(node.shape[0], node.in_shape[0], node.kernel, node.kernel))
        self.log_step = nn.Parameter(torch.zeros(node.shape[0]))
        self.bn = nn.BatchNorm2d(node.shape[0])

    def load_float(self, layer: ConvNeuron, mean, std):
        """Start from a float layer whose input is ``(x - mean) / std`` of this layer's."""
        weight = layer.conv.weight.detach() / std
        self.weight.data.copy_(weight)
        self.log_step.data.copy_(_best_steps(weight.flatten(1), self.node.weight_bits))
        self.bn.load_state_dict(layer.bn.state_dict())
        self.bn.running_mean += (weight * mean).sum((1, 2, 3))

    def _integer_weight(self):
        sign = torch.where(self.bn.weight < 0, -1.0, 1.0)
        step = self.log_step.exp()
        weight = _to_integers(self.weight * _per_output(sign), _per_output(step),
                              self.node.weight_bits)
        return weight, sign, step

    def _fold(self, step, mean, var):
        """Bias, threshold and the size of one 2**-F LSB as a fraction of the threshold."""
        gain = self.bn.weight / (var + self.bn.eps).sqrt()
        unit = (gain.abs() * step).clamp(min=1 / MAX_THRESHOLD) / (1 << self.node.fraction_bits)
        limit = MAX_BIAS << self.node.fraction_bits
        bias = _round(((self.bn.bias - gain * mean) / unit).clamp(-limit, limit))
        threshold = _round(1 / unit).clamp(min=1)
        return bias, threshold, unit

    def _statistics(self, acc, sign, step):
        """Batch mean and variance of ``step * acc`` before the sign, and their running update."""
        mean, var, _ = batch_statistics(acc)
        mean, var = mean * sign * step, var * step ** 2
        with torch.no_grad():
            self.bn.running_mean.lerp_(mean, self.bn.momentum)
            self.bn.running_var.lerp_(var, self.bn.momentum)
        return mean, var

    def forward(self, x):
        weight, sign, step = self._integer_weight()
        acc = nn.functional.conv2d(x.flatten(0, 1), weight, None, self.node.stride,
                                   self.pad).float()  # under autocast too: integers from here on
        if self.bn.training:
            mean, var = self._statistics(acc, sign, step)
        else:
            if not self.training:
                self.integers()  # refuses a layer that float32 does not compute exactly
            mean, var = self.bn.running_mean, self.bn.running_var
        bias, threshold, unit = map(_per_channel, self._fold(step, mean, var))
        current = torch.add(bias, acc, alpha=1 << self.node.fraction_bits).unflatten(
            0, x.shape[:2])
        return lif(current.expand(-1, self.steps, -1, -1, -1), threshold, unit.detach(), floor=True)

    @torch.no_grad()
    def clipped(self) -> float:
        """Share of the weights that are clipped instead of rounded."""
        sign = torch.where(self.bn.weight < 0, -1.0, 1.0)
        return _clipped(self.weight * _per_output(sign), _per_output(self.log_step.exp()),
                        self.node.weight_bits)

    @torch.no_grad()
    def integers(self) -> dict:
        """The tensors of the artefact, by name, as integer numpy arrays.

        Raises
        ------
        SpikeplaneError
            A sum of this layer could leave the integers that float32 holds.
        """
        weight, _, step = self._integer_weight()
        bias, threshold, _ = self._fold(step, self.bn.running_mean, self.bn.running_var)
        tensors = _tensors(self.node, weight=weight, bias=bias, threshold=threshold)
        layer_bounds(self.node, tensors, self.steps)
        return tensors


class QuantHead(nn.Module):
    """Integer logits of the sums over steps and tokens: (N, T, C, H, W) -> (N, classes) float64.

    One step for all classes: logits are compared with each other.
    """

    def __init__(self, node: Head, steps: int):
        super().__init__()
        self.node, self.steps = node, steps
        self.weight = nn.Parameter(torch.zeros(node.shape[0], node.in_shape[0]))
        self.bias = nn.Parameter(torch.zeros(node.shape[0]))
        self.log_step = nn.Parameter(torch.zeros(()))

    @property
    def count(self) -> int:
        """Values in a sum over steps and tokens."""
        return self.steps * self.node.in_shape[1] * self.node.in_shape[2]

    def load_float(self, layer: LinearHead):
        """Start from a float head."""
        self.weight.data.copy_(layer.linear.weight)
        self.bias.data.copy_(layer.linear.bias)
        flat = self.weight.detach().reshape(1, -1)
        self.log_step.data.copy_(_best_steps(flat, self.node.weight_bits)[0])

    def _integers(self):
        step = self.log_step.exp()
        # The sums are ``count`` times the mean that the float head reads.
        return (_to_integers(self.weight, step, self.node.weight_bits),
                _round(self.bias * self.count / step), step)

    def forward(self, x):
        weight, bias, step = self._integers()
        logits = x.sum((1, 3, 4)).double() @ weight.double().T + bias
        return (logits * (step / self.count)).float(), logits

    @torch.no_grad()
    def clipped(self) -> float:
        """As :meth:`QuantConvNeuron.clipped`."""
        return _clipped(self.weight, self.log_step.exp(), self.node.weight_bits)

    @torch.no_grad()
    def integers(self) -> dict:
        """As :meth:`QuantConvNeuron.integers`."""
        weight, bias, _ = self._integers()
        tensors = _tensors(self.node, weight=weight, bias=bias)
        layer_bounds(self.node, tensors, self.steps)
        return tensors


def _per_output(x):
    return x.view(-1, 1, 1, 1)


def _per_channel(x):
    return x.view(-1, 1, 1)


def _tensors(node, *, weight, **channels):
    integers = {f"{node.name}.weight": weight.cpu().to(torch.int8).numpy()}
    for name, value in channels.items():
        integers[f"{node.name}.{name}"] = value.cpu().to(torch.int32).numpy()
    return integers


class QuantSpikformer(Spikformer):
    """The integer network of a configuration, as :class:`sw.model.Spikformer` in every other way.

    Taps hold the integers of the golden model; the logits it returns are scaled to real values,
    the tap ``"head"`` holds the integer ones.
    """

    def make_conv(self, node, pad):
        return QuantConvNeuron(node, self.config.steps, pad)

    def make_head(self, node):
        return QuantHead(node, self.config.steps)

    def enter(self, images):
        """Raw pixels: the normalisation is folded into the first convolution."""
        return images

    def integers(self) -> dict:
        """Every tensor of the artefact, read out of the layers."""
        tensors = {}
        for node in self.graph:
            if isinstance(node, Conv | Head):
                tensors |= self.get_submodule(node.name).integers()
        return tensors


def quantize(model: Spikformer, *, weight_bits: int | None = None, head_bits: int | None = None,
             fraction_bits: int | None = None) -> QuantSpikformer:
    """The quantized network that starts where a float one stands, with other bits if given.

    Steps minimise the squared rounding error of each output channel; training refines them.
    """
    given = {"weight_bits": weight_bits, "head_bits": head_bits, "fraction_bits": fraction_bits}
    changes = {name: bits for name, bits in given.items() if bits is not None}
    quantized = QuantSpikformer(dataclasses.replace(model.config, **changes))
    for node in quantized.graph:
        layer = model.get_submodule(node.name) if isinstance(node, Conv | Head) else None
        if isinstance(node, Conv):
            mean, std = (model.mean, model.std) if node.inputs == ("image",) else (0.0, 1.0)
            quantized.get_submodule(node.name).load_float(layer, mean, std)
        elif isinstance(node, Head):
            quantized.get_submodule(node.name).load_float(layer)
    return quantized
