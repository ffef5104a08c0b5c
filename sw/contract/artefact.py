"""The artefact: a trained integer network on disk, all that golden model and compiler read."""
import json
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from . import manifest as manifests
from . import strictjson
from .bounds import Bounds, layer_bounds
from .config import ModelConfig
from .errors import SpikeplaneError
from .graph import Node, build_graph
from .storage import (
    decode_tensors,
    encode_tensors,
    encoded_bytes,
    read_file,
    sha256,
    write_directory,
)
from .tensors import check_tensors, vector_specs, weight_specs

__all__ = ["Artefact", "find", "load", "save"]

_TRAINED = Path(__file__).resolve().parent.parent.parent / "artefacts"
_MANIFEST_LIMIT = 1 << 24
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Artefact:
    """An integer network. It is checked when made: every artefact is exact and complete.

    Parameters
    ----------
    name
        Letters, digits, dots, dashes and underscores, no dot first; a file name everywhere.
    config
        Choices of the network; :attr:`graph` follows from it.
    tensors
        Weights int8, bias and threshold int32, as :mod:`sw.contract.graph` names them.
    labels
        One per class; empty for none.
    preprocessing, training
        JSON objects for the reader: how raw data became images; data set, accuracies, recipe, seed.
    vectors
        Known answers: ``"image"`` (N, C, H, W) uint8, the output of each node (N, T, C, H, W) uint8
        and ``"head"`` (N, classes) int64. Empty while a network is built; :func:`save` needs them.

    Raises
    ------
    SpikeplaneError
        Something of the above does not hold, or a layer cannot be exact.
    """
    name: str
    config: ModelConfig
    tensors: dict[str, np.ndarray]
    labels: tuple[str, ...] = ()
    preprocessing: dict = field(default_factory=dict)
    training: dict = field(default_factory=dict)
    vectors: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise SpikeplaneError("artefact: name must be up to 64 letters, digits, '.', '_' and "
                                  f"'-', no '.' first, not {strictjson.shown(self.name)}")
        where = f"artefact {self.name}"
        if self.labels and len(self.labels) != self.config.classes:
            raise SpikeplaneError(f"{where}: {len(self.labels)} labels for "
                                  f"{self.config.classes} classes")
        for label in self.labels:
            if not isinstance(label, str) or not label.isprintable() or len(label) > 64:
                raise SpikeplaneError(f"{where}: a label must be up to 64 printable characters, "
                                      f"not {strictjson.shown(label)}")
        for part in ("preprocessing", "training"):
            _check_json(getattr(self, part), f"{where}: {part}")
        check_tensors(weight_specs(self.graph), self.tensors, f"{where}: tensor")
        if self.vectors:
            image = self.vectors.get("image")
            count = len(image) if isinstance(image, np.ndarray) and image.ndim else 0
            check_tensors(vector_specs(self.graph, self.config.steps, count), self.vectors,
                          f"{where}: vector")
        _ = self.bounds  # refuses a layer that is not exact

    @cached_property
    def graph(self) -> tuple[Node, ...]:
        """Nodes in execution order."""
        return build_graph(self.config)

    @cached_property
    def bounds(self) -> dict[str, Bounds]:
        """Worst-case ranges of every layer that adds up, by node name."""
        try:
            found = {node.name: layer_bounds(node, self.tensors, self.config.steps)
                     for node in self.graph}
        except SpikeplaneError as error:
            raise SpikeplaneError(f"artefact {self.name}: {error}") from None
        return {name: bounds for name, bounds in found.items() if bounds is not None}


def save(artefact: Artefact, directory: str | Path) -> None:
    """Write the artefact; an artefact that is there already is replaced, anything else refused.

    ``manifest.json``, ``weights.safetensors`` and ``vectors.safetensors`` are written beside the
    directory and renamed, so that a reader never sees half of them.
    """
    if not artefact.vectors:
        raise SpikeplaneError(f"artefact {artefact.name}: no known answers; "
                              "add vectors before saving")
    specs = _specs(artefact.graph, artefact.config.steps, len(artefact.vectors["image"]))
    files = {file: encode_tensors(getattr(artefact, part), specs[part])
             for part, file in manifests.TENSOR_FILES.items()}
    files[manifests.FILE] = manifests.encode(manifests.build(artefact))
    write_directory(Path(directory), files, replaces=_is_artefact)


def find(net: str) -> Path:
    """Directory of an artefact, given by its name under ``artefacts/`` or by path."""
    for directory in (_TRAINED / net, Path(net)):
        if directory.is_dir():
            return directory
    known = sorted(path.parent.name for path in _TRAINED.glob("*/manifest.json"))
    raise SpikeplaneError(
        f"no artefact {net!r}; give a directory or one of {', '.join(known) or 'none'}")


def load(directory: str | Path) -> Artefact:
    """Read and check an artefact.

    Raises
    ------
    SpikeplaneError
        In one sentence: the directory, the file, the field, and what is wrong with it.
    """
    directory = Path(directory)
    if not os.path.isdir(directory):
        raise SpikeplaneError(f"artefact {directory}: no such directory")
    try:
        return _load(directory)
    except SpikeplaneError as error:
        raise SpikeplaneError(f"artefact {directory}: {error}") from None


def _load(directory):
    content = read_file(directory / manifests.FILE, _MANIFEST_LIMIT)
    manifest = manifests.check_schema(strictjson.parse(content, manifests.FILE))
    config, graph = manifests.graph(manifest)
    specs = _specs(graph, config.steps, _vector_count(manifest))
    parts = {part: _read_tensors(directory, file, specs[part], manifest)
             for part, file in manifests.TENSOR_FILES.items()}
    artefact = Artefact(
        name=strictjson.take(manifest, "name", str, manifests.FILE), config=config,
        labels=tuple(strictjson.take(manifest, "labels", list, manifests.FILE)),
        preprocessing=strictjson.take(manifest, "preprocessing", dict, manifests.FILE),
        training=strictjson.take(manifest, "training", dict, manifests.FILE), **parts)
    manifests.check_nodes(manifest, artefact)
    manifests.check_digest(manifest)
    return artefact


def _specs(graph, steps, images):
    return {"tensors": weight_specs(graph), "vectors": vector_specs(graph, steps, images)}


def _vector_count(manifest):
    where = manifests.FILE
    for field_name in ("files", manifests.TENSOR_FILES["vectors"], "image"):
        manifest = strictjson.take(manifest, field_name, dict, where)
        where = f"{where}: {field_name}"
    shape = strictjson.take(manifest, "shape", list, where)
    if not shape or type(shape[0]) is not int or shape[0] < 1:
        raise SpikeplaneError(f"{where}: field 'shape' must start with the number of images, "
                              f"not {strictjson.shown(shape)}")
    return shape[0]


def _read_tensors(directory, file, specs, manifest):
    digests = manifests.parse_specs(manifest, file, specs)
    tensors = decode_tensors(read_file(directory / file, encoded_bytes(specs)), specs, file)
    for name, array in tensors.items():
        if sha256(array) != digests[name]:
            raise SpikeplaneError(f"{file}: tensor {name!r} does not have the recorded sha256; "
                                  "the file is damaged")
    return tensors


def _is_artefact(directory):
    names = {manifests.FILE, *manifests.TENSOR_FILES.values()}
    if {path.name for path in directory.iterdir()} - names:
        return False
    try:
        content = read_file(directory / manifests.FILE, _MANIFEST_LIMIT)
        return strictjson.parse(content, manifests.FILE).get("schema") == manifests.SCHEMA
    except (SpikeplaneError, AttributeError):
        return False


def _check_json(value, where):
    try:
        kept = isinstance(value, dict) and json.loads(json.dumps(value, allow_nan=False)) == value
    except (TypeError, ValueError, RecursionError):
        kept = False
    if not kept:
        raise SpikeplaneError(f"{where} must be a JSON object of strings, numbers and lists, "
                              f"not {strictjson.shown(value)}")
