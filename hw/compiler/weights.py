"""Weights and parameters in the order in which the core consumes them."""
from dataclasses import dataclass, field

import numpy as np

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Head

from ..config import CoreConfig
from ..core.image_loader import spike_word_words
from ..core.layouts import HEADER
from .packing import pack_pass, pack_tiles, pass_size
from .tensor import SpikeTensor

__all__ = ["PassArrays", "Region", "WeightStream", "pass_arrays"]


@dataclass(frozen=True)
class PassArrays:
    """A layer's weights by pass.

    Parameters
    ----------
    weight
        (passes, pass_channels, taps_y, taps_x, groups, word_channels); absent channels are zero.
    bias, threshold
        (passes, pass_channels).
    headers
        Destination of each pass.
    """
    weight: np.ndarray = field(repr=False)
    bias: np.ndarray
    threshold: np.ndarray
    headers: tuple[dict, ...]


def pass_arrays(artefact, node, source: SpikeTensor, dest: SpikeTensor,
                config: CoreConfig) -> PassArrays:
    """Arrange the tensors of a convolution or head; refuses what the core cannot hold exactly."""
    check_exact(artefact, node, config)
    weight = artefact.tensors[f"{node.name}.weight"].astype(np.int64)
    if source.name == "image":  # folded: taps are channels, in the order (y, x, channel)
        weight = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
    weight = weight.reshape(*weight.shape[:2], *(weight.shape[2:] or (1, 1)))
    channels, pass_channels = source.groups * config.word_channels, config.pass_channels
    granules = dest.granules(config)
    row = {group * config.subs + sub: k for k, (group, sub) in enumerate(granules)}
    place = np.array([row[p // pass_channels] * pass_channels + p % pass_channels
                      for p in dest.positions.tolist()])

    full = np.zeros((len(granules) * pass_channels, channels, *weight.shape[2:]), np.int64)
    full[np.ix_(place, source.positions)] = weight
    full = full.reshape(len(granules), pass_channels, source.groups, config.word_channels,
                        *weight.shape[2:]).transpose(0, 1, 4, 5, 2, 3)
    limit = (1 << (config.param_bits - 1)) - 1
    bias, threshold = (np.full(len(granules) * pass_channels, absent) for absent in (0, limit))
    bias[place] = artefact.tensors[f"{node.name}.bias"]
    if not isinstance(node, Head):
        # Beyond the neurons' range it makes no difference: check_exact has made sure.
        threshold[place] = np.clip(artefact.tensors[f"{node.name}.threshold"], -limit - 1, limit)
    headers = []
    for k, (group, sub) in enumerate(granules):
        clear = k == 0 or granules[k - 1][0] != group
        headers.append({"pixel": group * dest.pixels, "sub": sub, "clear": clear})
    if isinstance(node, Head):
        headers = [{"pixel": k * pass_channels} for k in range(len(granules))]
    shape = (len(granules), pass_channels)
    return PassArrays(full, bias.reshape(shape), threshold.reshape(shape), tuple(headers))


def check_exact(artefact, node, config: CoreConfig) -> None:
    """Refuse a layer whose worst case exceeds the core's widths, naming need and limit."""
    def need(what, bits, name, limit):
        if bits > limit:
            raise SpikeplaneError(f"layer {node.name}: {what} needs {bits} bits, the core has "
                                  f"{limit}; raise {name}")

    bounds = artefact.bounds[node.name]
    need("a weight", node.weight_bits, "weight_bits", config.weight_bits)
    bits = bounds.accumulator_bits
    if isinstance(node, Head):  # the core sums each lane, that is each step, on its own
        per_lane = max(-bounds.accumulator[0], bounds.accumulator[1]) // artefact.config.steps
        bits = per_lane.bit_length() + 1
    need("a partial sum", bits, "accumulator_bits", config.accumulator_bits)
    bias = int(np.abs(artefact.tensors[f"{node.name}.bias"].astype(np.int64)).max())
    need("a bias", bias.bit_length() + 1, "accumulator_bits", config.param_bits)
    if not isinstance(node, Head):
        threshold = artefact.tensors[f"{node.name}.threshold"]
        limit = 1 << (config.param_bits - 1)
        if np.abs(threshold.astype(np.int64)).max() >= limit:
            need("a membrane under a threshold beyond the core's", bounds.membrane_bits,
                 "accumulator_bits", config.param_bits)


@dataclass(frozen=True)
class Region:
    """Part of the weight memory: byte address (relative until placed) and memory words."""
    address: int
    words: int


class WeightStream:
    """Collects the packed weights of the program; bands with the same taps share them."""

    def __init__(self, config: CoreConfig):
        self.config = config
        self.data = bytearray()
        self.image_words = 0
        self._seen: dict[tuple, Region] = {}

    def reserve_image(self, tensor: SpikeTensor) -> int:
        """Memory words of the packed images, which lie behind the weights."""
        self.image_words = tensor.size * spike_word_words(self.config)
        return self.image_words

    def add(self, layer: str, arrays: PassArrays, taps_y: tuple[int, ...],
            taps_x: tuple[int, ...]) -> Region:
        """Append the passes of a layer, restricted to some taps."""
        key = (layer, taps_y, taps_x)
        if key not in self._seen:
            config = self.config
            weight = arrays.weight[:, :, list(taps_y)][:, :, :, list(taps_x)]
            passes, outputs = weight.shape[:2]
            # Tile order of hw.core.tile_walk: tap row, tap column, word group.
            tiles = weight.transpose(0, 2, 3, 4, 1, 5).reshape(passes, -1, outputs,
                                                               config.word_channels)
            address = len(self.data)
            if tiles.shape[1] >> HEADER["tiles"].width:
                raise SpikeplaneError(
                    f"layer {layer}: {tiles.shape[1]} weight tiles in a pass are beyond the "
                    f"{HEADER['tiles'].width} bits of their count; use wider words")
            for k in range(passes):
                self.data += pack_pass(config, arrays.headers[k] | {"tiles": tiles.shape[1]},
                                       arrays.bias[k].tolist(), arrays.threshold[k].tolist())
                self.data += pack_tiles(config, tiles[k]).tobytes()
            self._seen[key] = Region(address, passes * pass_size(config, tiles.shape[1]))
        return self._seen[key]
