"""The tensors that a graph needs: names, types, shapes and ranges, and their check."""
from dataclasses import dataclass

import numpy as np

from .errors import SpikeplaneError
from .graph import Conv, Head, Image, Node

__all__ = ["TensorSpec", "check_tensors", "vector_specs", "weight_range", "weight_specs"]

_INT32 = (-(1 << 31), (1 << 31) - 1)


@dataclass(frozen=True, kw_only=True)
class TensorSpec:
    """One tensor: numpy dtype name, shape, and the inclusive range of its integers."""
    dtype: str
    shape: tuple[int, ...]
    low: int
    high: int

    @property
    def nbytes(self) -> int:
        """Bytes of the data; exact for any shape, unlike a numpy product."""
        size = np.dtype(self.dtype).itemsize
        for side in self.shape:
            size *= side
        return size


def weight_range(bits: int) -> tuple[int, int]:
    """Least and greatest weight of so many bits. Two bits are ternary: -1, 0, 1."""
    half = 1 << (bits - 1)
    return (1 - half if bits == 2 else -half), half - 1


def weight_specs(graph: tuple[Node, ...]) -> dict[str, TensorSpec]:
    """Weights int8 within the layer's bits, bias and threshold int32, by tensor name."""
    specs = {}
    for node in graph:
        if isinstance(node, Conv):
            shape = (node.shape[0], node.in_shape[0], node.kernel, node.kernel)
        elif isinstance(node, Head):
            shape = (node.shape[0], node.in_shape[0])
        else:
            continue
        low, high = weight_range(node.weight_bits)
        channel = TensorSpec(dtype="int32", shape=shape[:1], low=_INT32[0], high=_INT32[1])
        specs[f"{node.name}.weight"] = TensorSpec(dtype="int8", shape=shape, low=low,
                                                  high=high)
        specs[f"{node.name}.bias"] = channel
        if isinstance(node, Conv):
            specs[f"{node.name}.threshold"] = channel
    return specs


def vector_specs(graph: tuple[Node, ...], steps: int, images: int) -> dict[str, TensorSpec]:
    """Known answers of ``images`` inputs: pixels (N, C, H, W) uint8, or frames (N, T, C, H, W), the
    output of each node (N, T, C, H, W) uint8, and the logits (N, classes) int64, by node name."""
    specs = {}
    for node in graph:
        if isinstance(node, Head):
            specs[node.name] = TensorSpec(dtype="int64", shape=(images, node.shape[0]),
                                          low=_INT32[0], high=_INT32[1])
        else:
            shape = node.input_shape if isinstance(node, Image) else (steps, *node.shape)
            specs[node.name] = TensorSpec(dtype="uint8", shape=(images, *shape), low=0,
                                          high=node.levels)
    return specs


def check_tensors(specs: dict[str, TensorSpec], tensors: dict[str, np.ndarray], kind: str) -> None:
    """Refuse missing and extra tensors, and a wrong type, shape or range, naming the tensor."""
    for name in tensors:
        if name not in specs:
            raise SpikeplaneError(f"{kind} {name!r} belongs to no layer of the network")
    for name, spec in specs.items():
        if name not in tensors:
            raise SpikeplaneError(f"{kind} {name!r} is missing")
        array = tensors[name]
        if not isinstance(array, np.ndarray) or array.dtype.name != spec.dtype:
            kept = getattr(array, "dtype", type(array).__name__)
            raise SpikeplaneError(f"{kind} {name!r} is {kept}, must be {spec.dtype}")
        if array.shape != spec.shape:
            raise SpikeplaneError(f"{kind} {name!r} has shape {array.shape}, must be {spec.shape}")
        if array.size and not spec.low <= int(array.min()) <= int(array.max()) <= spec.high:
            raise SpikeplaneError(f"{kind} {name!r} holds {int(array.min())} to {int(array.max())},"
                                  f" must be within {spec.low} to {spec.high}")
