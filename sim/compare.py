"""The one comparison of every level: expected against observed outputs, value by value.

Quantized PyTorch, blocks, core, netlist and board all end here. Equality is the only criterion.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from sw.contract.errors import SpikeplaneError

__all__ = ["Comparison", "Difference", "LayerComparison", "compare"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One value that differs; ``str`` renders it in one line.

    ``step``, ``y`` and ``x`` are None for logits, whose ``channel`` is the class; ``token`` counts
    the pixels row by row. ``cycle`` is None where the level has no clock.
    """
    layer: str
    image: int
    step: int | None
    token: int | None
    y: int | None
    x: int | None
    channel: int
    expected: int
    got: int
    cycle: int | None

    def __str__(self):
        if self.step is None:
            where = f"class {self.channel}"
        else:
            where = (f"step {self.step}, token {self.token} (y {self.y}, x {self.x}), "
                     f"channel {self.channel}")
        cycle = "" if self.cycle is None else f", cycle {self.cycle}"
        return (f"{self.layer}: image {self.image}, {where}: "
                f"expected {self.expected}, got {self.got}{cycle}")


@dataclass(frozen=True, kw_only=True)
class LayerComparison:
    """One layer over all images.

    Parameters
    ----------
    shape
        (channels, height, width) of a step, or (classes,).
    compared
        Values compared: images * steps * channels * pixels.
    total
        Sum of the expected values.
    levels
        Largest value that the layer can put out; 0 for logits.
    differences
        Values that differ.
    """
    name: str
    shape: tuple[int, ...]
    compared: int
    total: int
    levels: int
    differences: int

    @property
    def firing_rate(self) -> float | None:
        """Mean expected output over the largest; None for logits."""
        return self.total / (self.compared * self.levels) if self.levels else None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Layers in execution order and the first difference; ``+`` appends further images."""
    images: int
    layers: tuple[LayerComparison, ...]
    first: Difference | None

    @property
    def spikes(self) -> int:
        """Values compared, logits aside."""
        return sum(layer.compared for layer in self.layers if layer.levels)

    @property
    def differences(self) -> int:
        """Values that differ, logits included."""
        return sum(layer.differences for layer in self.layers)

    def __add__(self, later: "Comparison") -> "Comparison":
        first = self.first
        if first is None and later.first is not None:
            first = replace(later.first, image=later.first.image + self.images)
        layers = tuple(
            replace(a, compared=a.compared + b.compared, total=a.total + b.total,
                    differences=a.differences + b.differences)
            for a, b in zip(self.layers, later.layers, strict=True))
        return Comparison(images=self.images + later.images, layers=layers, first=first)

    def __str__(self):
        return (f"{self.images} images, {self.spikes} spikes compared, "
                f"{self.differences} differences")


def compare(expected: Mapping[str, np.ndarray], observed: Mapping[str, np.ndarray], *,
            levels: Mapping[str, int] | None = None,
            cycle: Callable[[str, tuple[int, ...]], int] | None = None) -> Comparison:
    """Compare every layer of ``expected``, which lists them in execution order.

    Parameters
    ----------
    expected, observed
        Layer name to (N, T, C, H, W) unsigned integers, or (N, classes) logits.
    levels
        Largest output of each layer; 1 where not given.
    cycle
        Clock cycle of the observed value at ``(layer, index)``, asked for the first difference.

    Raises
    ------
    SpikeplaneError
        The two do not hold the same layers in the same shapes: what was not observed cannot pass.
    """
    _check_layers(expected, observed)
    layers = tuple(_compare_layer(name, array, observed[name], (levels or {}).get(name, 1))
                   for name, array in expected.items())
    failing = next((layer.name for layer in layers if layer.differences), None)
    first = failing and _first_difference(failing, expected[failing], observed[failing], cycle)
    return Comparison(images=len(next(iter(expected.values()))), layers=layers, first=first)


def _check_layers(expected, observed):
    if not expected:
        raise SpikeplaneError("comparison: no layers to compare")
    for name in observed:
        if name not in expected:
            raise SpikeplaneError(f"comparison: layer {name} was observed but is not expected")
    for name, array in expected.items():
        if name not in observed:
            raise SpikeplaneError(f"comparison: layer {name} was not observed")
        if observed[name].shape != array.shape:
            raise SpikeplaneError(f"comparison: layer {name} was observed as "
                                  f"{observed[name].shape}, expected {array.shape}")


def _compare_layer(name, expected, observed, levels):
    logits = expected.ndim == 2
    return LayerComparison(
        name=name, shape=expected.shape[1:] if logits else expected.shape[2:],
        compared=expected.size, total=int(expected.sum(dtype=np.int64)),
        levels=0 if logits else levels,
        differences=int(np.count_nonzero(expected != observed)))


def _first_difference(name, expected, observed, cycle):
    differs = expected != observed
    if expected.ndim == 5:
        # Pixels before channels: the order in which a layer is executed.
        image, step, y, x, channel = _first(differs.transpose(0, 1, 3, 4, 2))
        index = (image, step, channel, y, x)
        token = y * expected.shape[4] + x
    else:
        image, channel = index = _first(differs)
        step = token = y = x = None
    return Difference(layer=name, image=image, step=step, token=token, y=y, x=x, channel=channel,
                      expected=int(expected[index]), got=int(observed[index]),
                      cycle=None if cycle is None else int(cycle(name, index)))


def _first(differs):
    return tuple(map(int, np.unravel_index(int(differs.argmax()), differs.shape)))
