"""From the core's taps back to layers."""
from dataclasses import dataclass, field

import numpy as np

from sw.contract.graph import Residual

from ..core.layouts import Opcode
from .program import Command, Program
from .tensor import SpikeTensor

__all__ = ["Decoded", "decode", "logits", "tensor_values"]


@dataclass
class Decoded:
    """What one run of a program computed.

    Parameters
    ----------
    layers
        Node name to (n, T, C, H, W) uint8, and "head" to (n, classes) int64.
    cycles
        Node name to the cycle at which each value was written, same shape without the plane axis;
        logits have none.
    """
    layers: dict[str, np.ndarray] = field(default_factory=dict)
    cycles: dict[str, np.ndarray] = field(default_factory=dict)


class _Shadow:
    """Spike memory as the writes left it, as bits, and the cycle of each granule's last write."""

    def __init__(self, program: Program):
        config = program.config
        self.granule = config.lanes * config.pass_channels
        self.subs = config.subs
        self.bits = np.zeros((config.spike_words, config.word_bits), np.uint8)
        self.cycles = np.zeros((config.spike_words, config.subs), np.int64)

    def write(self, taps: np.ndarray) -> None:
        """Apply write taps in order."""
        bits = _bits(taps["data"], self.bits.shape[1])
        address = taps["address"]
        for sub in range(self.subs):
            rows = np.flatnonzero(_bits(taps["enable"], self.subs)[:, sub])
            part = slice(sub * self.granule, (sub + 1) * self.granule)
            self.bits[address[rows], part] = bits[rows, part]
            self.cycles[address[rows], sub] = taps["cycle"][rows]


def _bits(values: np.ndarray, width: int) -> np.ndarray:
    """Log field (n,) of integers or (n, bytes) to bits (n, width), lowest first."""
    raw = np.ascontiguousarray(values)
    if raw.ndim == 1:
        raw = raw.view(np.uint8).reshape(len(raw), raw.itemsize)
    return np.unpackbits(raw, axis=1, bitorder="little")[:, :width]


def decode(program: Program, taps: np.ndarray, records: np.ndarray, results: np.ndarray,
           images: int) -> Decoded:
    """Layers of the first ``images`` images of a run.

    ``taps``, ``records`` and ``results`` are the logs of that run, in the order of time, as
    ``sim.core_bench`` gives them. A record ends its command: taps up to it are the command's.
    """
    decoded = Decoded()
    shadow = _Shadow(program)
    fused = {node.inputs[1]: node for node in program.graph if isinstance(node, Residual)}
    ends = np.searchsorted(taps["cycle"], records["cycle"], side="right")
    begin = 0
    spikes: dict[str, np.ndarray] = {}
    for command, end in zip(program.commands, ends, strict=True):
        mine = taps[begin:end]
        begin = end
        shadow.write(mine[mine["enable"] != 0])
        if command.opcode in (Opcode.CONV, Opcode.ATTEND) and command.neurons in fused:
            _fired(program, command, mine[mine["fired"] != 0], spikes)
        if command.layer in program.tensors and command.opcode != Opcode.LOAD:
            tensor = program.tensors[command.layer]
            _store(decoded, program, command.layer, tensor, shadow, images)
    for name, (bits, cycles) in spikes.items():
        tensor = program.tensors[fused[name].name]
        decoded.layers[name] = tensor_values(program, tensor, bits[:, :, None], images)
        decoded.cycles[name] = _gather_cycles(program, tensor, cycles[:, :, None], images)
    decoded.layers["head"] = logits(program, results, images)
    return decoded


def _store(decoded, program, name, tensor: SpikeTensor, shadow: _Shadow, images) -> None:
    shape = (tensor.groups, tensor.pixels, tensor.words)
    rows = slice(tensor.base, tensor.base + tensor.size)
    bits = shadow.bits[rows].reshape(*shape, -1)
    cycles = shadow.cycles[rows].reshape(*shape, -1)
    decoded.layers[name] = tensor_values(program, tensor, bits, images)
    decoded.cycles[name] = _gather_cycles(program, tensor, cycles, images)


def _fired(program: Program, command: Command, taps, spikes) -> None:
    """Neuron outputs of a band into (groups, pixels, word bits)."""
    config, tensor = program.config, program.tensors[command.layer]
    granule = config.lanes * config.pass_channels
    bits, cycles = spikes.setdefault(command.neurons, (
        np.zeros((tensor.groups * tensor.pixels, config.subs, granule), np.uint8),
        np.zeros((tensor.groups * tensor.pixels, config.subs), np.int64)))
    pixel, sub = taps["pixel"].astype(np.int64) + command.first_pixel, taps["sub"]
    bits[pixel, sub] = _bits(taps["spikes"], granule)
    cycles[pixel, sub] = taps["cycle"]
    spikes[command.neurons] = (
        bits.reshape(tensor.groups * tensor.pixels, config.subs, granule), cycles)


def tensor_values(program: Program, tensor: SpikeTensor, bits: np.ndarray, images: int,
                  ) -> np.ndarray:
    """Words of a tensor, (words, word bits) 0 or 1, to values (images, T, C, H, W) uint8."""
    config = program.config
    bits = bits.reshape(tensor.groups, tensor.pixels, -1, config.subs, config.lanes,
                        config.pass_channels)
    weight = 1 << np.arange(bits.shape[2])
    values = np.einsum("gpbslo,b->lgsop", bits, weight).astype(np.uint8)
    values = values.reshape(config.lanes, -1, tensor.pixels)[:, tensor.positions]
    return _by_image(program, values, tensor, images)


def _gather_cycles(program, tensor, cycles, images) -> np.ndarray:
    config = program.config
    last = cycles.reshape(tensor.groups, tensor.pixels, -1, config.subs).max(2)
    values = np.repeat(last.transpose(0, 2, 1), config.pass_channels, axis=1)
    values = values.reshape(-1, tensor.pixels)[tensor.positions]
    return _by_image(program, np.repeat(values[None], config.lanes, 0), tensor, images)


def _by_image(program, values, tensor, images) -> np.ndarray:
    values = values.reshape(program.images, 1 << program.chain, -1, tensor.height, tensor.width)
    return values[:images, :program.steps]


def logits(program: Program, results: np.ndarray, images: int) -> np.ndarray:
    """Results of a run, with fields ``image``, ``label`` and ``value``, to (images, classes)."""
    classes = program.graph[-1].shape[0]
    values = np.zeros((program.images, classes), np.int64)
    wanted = results[results["label"] < classes]
    values[wanted["image"], wanted["label"]] = wanted["value"]
    return values[:images]
