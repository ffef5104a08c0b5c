"""The manifest: everything about an artefact but its tensors, as one JSON object."""
import dataclasses
import hashlib
import json
import re

from . import strictjson, version
from .bounds import layer_bounds
from .config import ModelConfig
from .errors import SpikeplaneError
from .graph import Node, build_graph
from .storage import sha256
from .tensors import TensorSpec

__all__ = ["FILE", "SCHEMA", "SCHEMA_VERSION", "TENSOR_FILES", "build", "check_digest",
           "check_nodes", "check_schema", "digest", "encode", "graph", "parse_specs"]

FILE = "manifest.json"
SCHEMA = "spikeplane-artefact"
SCHEMA_VERSION = 2
TENSOR_FILES = {"tensors": "weights.safetensors", "vectors": "vectors.safetensors"}

_FIELDS = ("schema", "schema_version", "kit", "name", "config", "meaning", "nodes", "labels",
           "preprocessing", "training", "files", "digest")

_MEANING = {
    "accumulator": "sum(weight * input), exact",
    "drive": "X = (accumulator << fraction_bits) + bias",
    "membrane": "V = (V + X) >> 1, arithmetic shift, from 0 for each image; 0 after a spike",
    "spike": "V >= threshold",
    "bias, threshold": "integers in units of 2**-fraction_bits accumulator LSBs",
    "logits": "weight @ sum(input over steps and tokens) + bias",
}


def build(artefact) -> dict:
    """The manifest of an :class:`sw.contract.artefact.Artefact`."""
    manifest = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "kit": {"version": version.version(), "revision": version.revision()},
        "name": artefact.name,
        "config": artefact.config.to_dict(),
        "meaning": _MEANING,
        "nodes": [_describe(node, artefact) for node in artefact.graph],
        "labels": list(artefact.labels),
        "preprocessing": artefact.preprocessing,
        "training": artefact.training,
        "files": {file: {name: {"dtype": array.dtype.name, "shape": list(array.shape),
                                "sha256": sha256(array)}
                         for name, array in sorted(getattr(artefact, field).items())}
                  for field, file in TENSOR_FILES.items()},
    }
    return manifest | {"digest": digest(manifest)}


def digest(manifest: dict) -> str:
    """SHA-256 of everything in the manifest but itself, as sorted JSON without spaces."""
    rest = {field: value for field, value in manifest.items() if field != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def encode(manifest: dict) -> bytes:
    """JSON text, a list of numbers on one line."""
    text = json.dumps(manifest, indent=1, allow_nan=False)
    text = re.sub(r"\[\s+([-\w,\s]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    return f"{text}\n".encode()


def check_schema(manifest: object) -> dict:
    """Refuse a manifest of another kind or version."""
    if type(manifest) is not dict:
        raise SpikeplaneError(f"{FILE}: must be an object, not {strictjson.shown(manifest)}")
    schema = strictjson.take(manifest, "schema", str, FILE)
    if schema != SCHEMA:
        raise SpikeplaneError(f"{FILE}: field 'schema' is {strictjson.shown(schema)}, "
                              f"must be {SCHEMA!r}")
    number = strictjson.take(manifest, "schema_version", int, FILE)
    if number != SCHEMA_VERSION:
        raise SpikeplaneError(f"{FILE}: field 'schema_version' is {strictjson.shown(number)}, this "
                              f"kit reads {SCHEMA_VERSION}; export the network again")
    for field in manifest:
        if field not in _FIELDS:
            raise SpikeplaneError(f"{FILE}: unknown field {strictjson.shown(field)}")
    kit = strictjson.take(manifest, "kit", dict, FILE)
    for field in ("version", "revision"):
        strictjson.take(kit, field, str, f"{FILE}: kit")
    if strictjson.take(manifest, "meaning", dict, FILE) != _MEANING:
        raise SpikeplaneError(f"{FILE}: field 'meaning' differs from this kit's arithmetic")
    return manifest


def graph(manifest: dict) -> tuple[ModelConfig, tuple[Node, ...]]:
    """Configuration and graph; the recorded nodes must be those of the configuration."""
    try:
        config = ModelConfig.from_dict(strictjson.take(manifest, "config", dict, FILE))
    except SpikeplaneError as error:
        raise SpikeplaneError(f"{FILE}: {error}") from None
    nodes = build_graph(config)
    recorded = strictjson.take(manifest, "nodes", list, FILE)
    if len(recorded) != len(nodes):
        raise SpikeplaneError(f"{FILE}: field 'nodes' lists {len(recorded)} layers, "
                              f"the configuration makes {len(nodes)}")
    return config, nodes


def check_nodes(manifest: dict, artefact) -> None:
    """The recorded layers, widths and bounds must equal those of the actual weights."""
    for recorded, node in zip(manifest["nodes"], artefact.graph, strict=True):
        expected = _describe(node, artefact)
        where = f"{FILE}: nodes: {node.name}"
        if type(recorded) is not dict:
            raise SpikeplaneError(f"{where}: must be an object, not {strictjson.shown(recorded)}")
        if _same(recorded, expected):
            continue
        for field in recorded:
            if field not in expected:
                raise SpikeplaneError(f"{where}: unknown field {strictjson.shown(field)}")
        for field, value in expected.items():
            if field not in recorded or not _same(recorded[field], value):
                raise SpikeplaneError(f"{where}: field {field!r} is "
                                      f"{strictjson.shown(recorded.get(field))}, must be "
                                      f"{strictjson.shown(value)}")


def check_digest(manifest: dict) -> None:
    """Refuse a manifest in which anything was changed, the free-form fields included."""
    if strictjson.take(manifest, "digest", str, FILE) != digest(manifest):
        raise SpikeplaneError(f"{FILE}: field 'digest' is not that of the contents; "
                              "the file is damaged or was edited")


def parse_specs(manifest: dict, file: str, specs: dict[str, TensorSpec]) -> dict[str, str]:
    """Digest of each tensor of ``file``; type and shape recorded must be those of ``specs``."""
    files = strictjson.take(manifest, "files", dict, FILE)
    entries = strictjson.take(files, file, dict, f"{FILE}: files")
    for name in entries:
        if name not in specs:
            raise SpikeplaneError(f"{FILE}: files: {file}: tensor {strictjson.shown(name)} "
                                  "belongs to no layer of the network")
    digests = {}
    for name, spec in specs.items():
        where = f"{FILE}: files: {file}: {name}"
        entry = strictjson.take(entries, name, dict, f"{FILE}: files: {file}")
        expected = {"dtype": spec.dtype, "shape": list(spec.shape)}
        for field in (*expected, "sha256"):
            strictjson.take(entry, field, list if field == "shape" else str, where)
        for field, value in expected.items():
            if not _same(entry[field], value):
                raise SpikeplaneError(f"{where}: field {field!r} is "
                                      f"{strictjson.shown(entry[field])}, must be {value}")
        digests[name] = entry["sha256"]
    return digests


def _same(a, b):
    # As JSON text, because 1 == True == 1.0 in Python.
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def _describe(node, artefact):
    entry = {"operation": type(node).__name__.lower(), "bits": node.bits}
    for key, value in dataclasses.asdict(node).items():
        entry[key] = list(value) if isinstance(value, tuple) else value
    bounds = layer_bounds(node, artefact.tensors, artefact.config.steps)
    if bounds is not None:
        entry |= {"accumulator": list(bounds.accumulator),
                  "accumulator_bits": bounds.accumulator_bits,
                  "drive": list(bounds.drive), "membrane_bits": bounds.membrane_bits}
    return entry
