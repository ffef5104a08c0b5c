"""Malformed artefacts by the thousand: each is refused in one sentence, or loads unharmed."""
import copy
import json
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sw.contract import manifest as manifests
from sw.contract.artefact import load, save
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.random_network import random_artefact

FILES = ("manifest.json", "weights.safetensors", "vectors.safetensors")

# Derandomised: the same artefacts every time, and no data base of examples in the working tree.
many = {"deadline": None, "database": None, "derandomize": True,
        "suppress_health_check": list(HealthCheck)}


class Sandbox:
    """One tiny artefact on disk whose files are damaged and put back."""

    def __init__(self, directory):
        config = ModelConfig(image=(1, 4, 4), dim=8, heads=2, steps=1, expansion=1, mlp_ratio=1,
                             attention_threshold=1, classes=2)
        self.artefact = random_artefact(config, seed=1)
        self.directory = directory / "net"
        save(self.artefact, self.directory)
        self.files = {name: (self.directory / name).read_bytes() for name in FILES}
        self.manifest = json.loads(self.files["manifest.json"])
        self.refused = 0

    def load_with(self, name, content):
        """Load with one file replaced; returns the artefact, or None when it was refused."""
        path = self.directory / name
        path.write_bytes(content)
        try:
            return load(self.directory)
        except SpikeplaneError as error:
            message = str(error)
            assert "\n" not in message and len(message) < 400
            assert message.startswith(f"artefact {self.directory}: ")
            self.refused += 1
            return None
        finally:
            path.write_bytes(self.files[name])

    def is_original(self, got, fields=("name", "labels", "preprocessing", "training")):
        return (got.config == self.artefact.config
                and all(getattr(got, f) == getattr(self.artefact, f) for f in fields)
                and self.same_tensors(got))

    def same_tensors(self, got):
        return all(
            getattr(got, part).keys() == getattr(self.artefact, part).keys()
            and all(np.array_equal(array, getattr(self.artefact, part)[name])
                    for name, array in getattr(got, part).items())
            for part in ("tensors", "vectors"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    return Sandbox(tmp_path_factory.mktemp("malformed"))


@settings(max_examples=600, **many)
@given(data=st.data())
def flipped_bits(sandbox, data):
    name = data.draw(st.sampled_from(FILES))
    content = bytearray(sandbox.files[name])
    bits = st.integers(0, 8 * len(content) - 1)
    for bit in data.draw(st.lists(bits, min_size=1, max_size=4, unique=True)):
        content[bit // 8] ^= 1 << bit % 8
    got = sandbox.load_with(name, bytes(content))
    assert got is None or sandbox.is_original(got)


@settings(max_examples=500, **many)
@given(data=st.data())
def cut_grown_and_overwritten_files(sandbox, data):
    name = data.draw(st.sampled_from(FILES))
    content = sandbox.files[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 64)))
    filling = data.draw(st.one_of(st.binary(max_size=64),
                                  st.sampled_from([b"\xff" * 8, b"\0" * 8, b"NaN", b"1e400",
                                                   b"9" * 5000, b"[" * 5000, b'{"":' * 5000])))
    tail = data.draw(st.sampled_from([content[end:], b""]))
    got = sandbox.load_with(name, content[:start] + filling + tail)
    assert got is None or sandbox.is_original(got)


NASTY = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 70), st.floats(allow_nan=True), st.text(max_size=5),
    st.sampled_from([10 ** 18, -10 ** 18, 10 ** 4000, 1 << 63, 8.0, "\ud800", "\n", "x" * 10_000,
                     [], {}, [[]], [1, 8, 8], [10 ** 9] * 5, {"name": 1}]),
    st.builds(lambda n: json.loads("[" * n + "]" * n), st.integers(1, 200)))


def paths(value, prefix=()):
    """Every place inside a JSON value."""
    if prefix:
        yield prefix
    items = value if type(value) is dict else range(len(value)) if type(value) is list else ()
    for key in items:
        yield from paths(value[key], (*prefix, key))


def mutate(data, root):
    """Delete, rename, duplicate or replace one place inside ``root``."""
    path = data.draw(st.sampled_from(list(paths(root))))
    parent = root
    for key in path[:-1]:
        parent = parent[key]
    action = data.draw(st.sampled_from(["replace", "replace", "delete", "rename", "repeat"]))
    if action == "replace":
        parent[path[-1]] = data.draw(NASTY)
    elif action == "delete":
        del parent[path[-1]]
    elif type(parent) is list:
        parent.append(copy.deepcopy(parent[path[-1]]))
    else:
        parent[data.draw(st.text(max_size=8))] = (
            parent.pop(path[-1]) if action == "rename" else copy.deepcopy(parent[path[-1]]))


@settings(max_examples=900, **many)
@given(data=st.data(), sealed=st.booleans())
def wrong_manifest_fields(sandbox, data, sealed):
    """``sealed``: the digest is made to fit, so that only the meaning can be refused."""
    manifest = copy.deepcopy(sandbox.manifest)
    for _ in range(data.draw(st.integers(1, 2))):
        mutate(data, manifest)
    if sealed:
        manifest["digest"] = manifests.digest(manifest)
    got = sandbox.load_with("manifest.json", json.dumps(manifest).encode())
    if got is not None:
        # Sealed, the free-form fields may say what they like; the network may not change.
        assert sandbox.is_original(got, fields=() if sealed else ("name", "labels", "training"))


@settings(max_examples=500, **many)
@given(data=st.data(), name=st.sampled_from(FILES[1:]))
def wrong_tensor_headers(sandbox, data, name):
    content = sandbox.files[name]
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    mutate(data, header)
    text = json.dumps(header).encode()
    claimed = data.draw(st.one_of(st.just(len(text)), st.integers(0, (1 << 64) - 1),
                                  st.integers(0, 2 * len(text))))
    got = sandbox.load_with(name, claimed.to_bytes(8, "little") + text + content[8 + length:])
    assert got is None or sandbox.is_original(got)


@pytest.mark.parametrize("damage, least", [
    (flipped_bits, 590), (cut_grown_and_overwritten_files, 450), (wrong_manifest_fields, 800),
    (wrong_tensor_headers, 430),
], ids=lambda value: getattr(value, "__name__", ""))
def test_refused_or_unharmed(sandbox, damage, least):
    """``least`` of the tries are refused: the damage is not of the harmless kind."""
    before = sandbox.refused
    damage(sandbox=sandbox)
    print(f"{damage.__name__}: {sandbox.refused - before} refused")
    assert sandbox.refused - before >= least
    assert sandbox.is_original(load(sandbox.directory))


def test_overlapping_tensors(sandbox):
    """Offsets that overlap give the right sizes and wrong contents."""
    name = "weights.safetensors"
    content = sandbox.files[name]
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    header["block.0.q.weight"]["data_offsets"] = header["block.0.k.weight"]["data_offsets"]
    text = json.dumps(header).encode()
    assert sandbox.load_with(
        name, len(text).to_bytes(8, "little") + text + content[8 + length:]) is None


@pytest.mark.parametrize("name", FILES)
def test_every_truncation_is_refused(sandbox, name):
    content = sandbox.files[name]
    # The manifest ends with a newline that nobody misses.
    for size in {*range(0, len(content) - 1, max(1, len(content) // 150)), len(content) - 2}:
        assert sandbox.load_with(name, content[:size]) is None, size


def test_missing_rights_are_refused(sandbox):
    path = sandbox.directory / "manifest.json"
    if os.geteuid() == 0:
        pytest.skip("root may read every file")
    path.chmod(0)
    try:
        with pytest.raises(SpikeplaneError, match="Permission denied"):
            load(sandbox.directory)
    finally:
        path.chmod(0o644)
