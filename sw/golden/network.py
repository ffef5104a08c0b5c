"""The whole integer network, node by node."""
import dataclasses

import numpy as np

from sw.contract.artefact import Artefact
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Attention, Conv, Head, Image, Node, Pool, Residual

from .attention import attend
from .conv import convolve
from .head import logits
from .neuron import drive, fire
from .pool import pool
from .residual import residual

__all__ = ["classify", "evaluate", "run", "with_vectors"]

_BATCH_BYTES = 1 << 26
"""Working memory of the largest layer; a batch of images is split to stay within."""


def evaluate(node: Node, inputs: list[np.ndarray], tensors: dict[str, np.ndarray], *, steps: int,
             pad_value: tuple[int, ...] | None = None) -> np.ndarray:
    """Output of one node but the image.

    Parameters
    ----------
    inputs
        Outputs of ``node.inputs``, (N, T, C, H, W) uint8; an image is (N, 1, C, H, W).
    pad_value
        Padding of a convolution of the image, per channel; None for zeros.
    """
    match node:
        case Conv():
            acc = convolve(inputs[0], tensors[f"{node.name}.weight"], stride=node.stride,
                           pad=node.pad, pad_value=pad_value)
            x = drive(acc, tensors[f"{node.name}.bias"], node.fraction_bits)
            x = np.broadcast_to(x, (len(x), steps, *x.shape[2:]))
            return fire(x, tensors[f"{node.name}.threshold"])
        case Pool():
            return pool(inputs[0])
        case Residual():
            return residual(*inputs, node.form)
        case Attention():
            return fire(attend(*inputs, node.heads), node.threshold)
        case Head():
            return logits(inputs[0], tensors[f"{node.name}.weight"], tensors[f"{node.name}.bias"])
    raise TypeError(f"no operation for {node!r}")


def run(artefact: Artefact, images: np.ndarray) -> dict[str, np.ndarray]:
    """Output of every node but the image, by name.

    Parameters
    ----------
    images
        (N, C, H, W) uint8, raw pixels; or frames (N, T, C, H, W).

    Returns
    -------
    dict
        (N, T, C, H, W) uint8 for each node; ``"head"``: the logits, (N, classes) int64.

    Raises
    ------
    SpikeplaneError
        Images of another type or shape, or a pixel above the network's range.
    """
    parts = list(_batches(artefact, images))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def classify(artefact: Artefact, images: np.ndarray) -> np.ndarray:
    """Class of each image, (N,) int64; as :func:`run`, but no layer of all images is kept."""
    return np.concatenate([part["head"].argmax(axis=1) for part in _batches(artefact, images)])


def with_vectors(artefact: Artefact, images: np.ndarray) -> Artefact:
    """The artefact with ``images`` and the outputs of all its nodes as known answers."""
    outputs = {"image": images, **run(artefact, images)}
    return dataclasses.replace(
        artefact, vectors={k: np.ascontiguousarray(v) for k, v in outputs.items()})


def _batches(artefact, images):
    """Outputs of as many images at a time as :py:`_BATCH_BYTES` allow."""
    size = _batch_size(artefact)
    for start in range(0, max(len(images), 1), size):
        # Pictures that are files are read here, and are images from now on.
        part = images[start:start + size]
        _check_images(artefact.name, artefact.graph[0], part)
        yield _run_batch(artefact, part)


def _run_batch(artefact, images):
    source = artefact.graph[0]
    # An image is the same at each step, hence convolved once.
    outputs = {source.name: images.reshape(len(images), source.frames, *source.shape)}
    for node in artefact.graph[1:]:
        pad_value = source.pad_value if source.name in node.inputs else None
        outputs[node.name] = evaluate(node, [outputs[name] for name in node.inputs],
                                      artefact.tensors, steps=artefact.config.steps,
                                      pad_value=pad_value)
    del outputs[source.name]
    return outputs


def _batch_size(artefact):
    per_image = max(4 * artefact.config.steps * node.shape[1] * node.shape[2]
                    * (node.in_shape[0] * node.kernel ** 2 + node.shape[0])
                    for node in artefact.graph if isinstance(node, Conv))
    return max(1, _BATCH_BYTES // per_image)


def _check_images(name, source: Image, images):
    if images.dtype != np.uint8 or images.shape[1:] != source.input_shape:
        raise SpikeplaneError(f"network {name}: images are {images.dtype} of shape {images.shape}, "
                              "must be uint8 of shape (N, "
                              f"{', '.join(map(str, source.input_shape))})")
    if images.max(initial=0) > source.levels:
        raise SpikeplaneError(f"network {name}: a pixel is {images.max()}, "
                              f"must be at most {source.levels}")
