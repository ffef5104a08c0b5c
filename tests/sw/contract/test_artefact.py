import dataclasses
import hashlib
import json
import os
import shutil

import numpy as np
import pytest
import safetensors.numpy

from sw.contract.artefact import Artefact, load, save
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.random_network import random_artefact

FILES = ["manifest.json", "vectors.safetensors", "weights.safetensors"]


@pytest.fixture(scope="module")
def artefact():
    config = ModelConfig(image=(3, 6, 5), dim=16, heads=2, steps=2, expansion=2, mlp_ratio=2,
                         residual="iand", weight_bits=4, attention_threshold=1, classes=4)
    made = random_artefact(config, seed=7)
    return dataclasses.replace(made, labels=("a", "b", "ä", "d"),
                               training={"dataset": "noise", "accuracy": 0.25, "seeds": [1, 2]})


@pytest.fixture
def saved(artefact, tmp_path):
    save(artefact, tmp_path / "net")
    return tmp_path / "net"


def edit(directory, change):
    """Change the manifest as a careful editor would: the digest is made to fit."""
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    rest = {k: v for k, v in manifest.items() if k != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    manifest["digest"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(manifest))


def test_loads_what_was_saved(artefact, saved):
    got = load(saved)
    for field in ("name", "config", "labels", "preprocessing", "training", "graph", "bounds"):
        assert getattr(got, field) == getattr(artefact, field)
    for part in ("tensors", "vectors"):
        arrays, want = getattr(got, part), getattr(artefact, part)
        assert arrays.keys() == want.keys()
        assert all(arrays[k].dtype == want[k].dtype and np.array_equal(arrays[k], want[k])
                   for k in want)


def test_directory_holds_three_documented_files(artefact, saved):
    assert sorted(os.listdir(saved)) == FILES
    assert os.listdir(saved.parent) == ["net"]
    manifest = json.loads((saved / "manifest.json").read_text())
    assert manifest["schema"] == "spikeplane-artefact"
    assert manifest["schema_version"] == 2
    node = next(n for n in manifest["nodes"] if n["name"] == "block.0.fc1")
    bounds = artefact.bounds["block.0.fc1"]
    assert node["accumulator"] == list(bounds.accumulator)
    assert (node["accumulator_bits"], node["membrane_bits"]) == (bounds.accumulator_bits,
                                                                 bounds.membrane_bits)
    weights = safetensors.numpy.load_file(saved / "weights.safetensors")
    assert weights.keys() == artefact.tensors.keys()
    for name, tensor in artefact.tensors.items():
        if name.endswith(".weight"):
            nibbles = np.stack([weights[name] & 15, weights[name] >> 4], 1).ravel()
            assert np.array_equal(nibbles[:tensor.size].astype(int) - 8, tensor.ravel())
        else:
            assert np.array_equal(weights[name], tensor)
    entry = manifest["files"]["weights.safetensors"]["head.weight"]
    assert entry["sha256"] == hashlib.sha256(artefact.tensors["head.weight"].tobytes()).hexdigest()
    assert (entry["dtype"], entry["shape"]) == ("int8", [4, 16])


def test_saving_twice_replaces_the_artefact(artefact, saved):
    save(dataclasses.replace(artefact, name="second"), saved)
    assert load(saved).name == "second"
    assert os.listdir(saved.parent) == ["net"]


def test_saving_makes_the_same_bytes(artefact, saved, tmp_path):
    save(load(saved), tmp_path / "again")
    assert all((saved / f).read_bytes() == (tmp_path / "again" / f).read_bytes() for f in FILES)


@pytest.mark.parametrize("occupy", [
    lambda p: p.write_text("precious"),
    lambda p: (p.mkdir(), (p / "thesis.tex").write_text("precious")),
    lambda p: (p.mkdir(), (p / "manifest.json").write_text('{"schema": "other"}')),
    lambda p: p.symlink_to("elsewhere"),
], ids=["file", "directory", "other-manifest", "link"])
def test_what_is_no_artefact_is_not_overwritten(artefact, tmp_path, occupy):
    occupy(tmp_path / "net")
    with pytest.raises(SpikeplaneError, match="exists and is not an artefact; remove it or choose"):
        save(artefact, tmp_path / "net")
    assert os.listdir(tmp_path) == ["net"]


def test_artefact_with_foreign_files_is_not_overwritten(artefact, saved):
    (saved / "notes.txt").write_text("precious")
    with pytest.raises(SpikeplaneError, match="exists and is not an artefact"):
        save(artefact, saved)
    assert (saved / "notes.txt").read_text() == "precious"


def test_nothing_is_left_of_a_failed_save(artefact, saved, monkeypatch):
    def fail(self, target):
        if self.name.startswith(".net.new"):
            raise OSError(28, "No space left on device")
        os.rename(self, target)
    monkeypatch.setattr("pathlib.Path.rename", fail)
    with pytest.raises(SpikeplaneError, match="net: cannot be written: No space left"):
        save(dataclasses.replace(artefact, name="second"), saved)
    assert os.listdir(saved.parent) == ["net"]
    assert load(saved).name == artefact.name


def test_parent_that_is_a_file_is_refused(artefact, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SpikeplaneError, match="cannot be written"):
        save(artefact, tmp_path / "file" / "net")


def test_working_directory_is_a_directory_like_others(artefact, saved, monkeypatch):
    monkeypatch.chdir(saved.parent)
    with pytest.raises(SpikeplaneError, match="exists and is not an artefact"):
        save(artefact, ".")
    monkeypatch.chdir(saved)
    save(dataclasses.replace(artefact, name="second"), ".")
    assert load(saved).name == "second"


def test_known_answers_are_needed(artefact, tmp_path):
    with pytest.raises(SpikeplaneError, match="no known answers"):
        save(dataclasses.replace(artefact, vectors={}), tmp_path / "net")


@pytest.mark.parametrize("changes, message", [
    ({"name": "../x"}, "name must be up to 64 letters"),
    ({"name": ".."}, "name must be up to 64 letters"),
    ({"labels": ("a",)}, "1 labels for 4 classes"),
    ({"labels": ("a", "b\n", "c", "d")}, "a label must be up to 64 printable"),
    ({"training": {"accuracy": float("nan")}}, "training must be a JSON object"),
    ({"preprocessing": {"mean": (1, 2)}}, "preprocessing must be a JSON object"),
    ({"training": {"accuracy": np.float64(0.5), "x": np.ones(2)}}, "training must be a JSON"),
], ids=["name", "dots", "label-count", "label", "nan", "tuple", "array"])
def test_fields_are_checked_when_made(artefact, changes, message):
    with pytest.raises(SpikeplaneError, match=message):
        dataclasses.replace(artefact, **changes)


@pytest.mark.parametrize("part, change, message", [
    ("tensors", lambda t: t.pop("block.0.q.bias"), "tensor 'block.0.q.bias' is missing"),
    ("tensors", lambda t: t.update(x=t["head.bias"]), "tensor 'x' belongs to no layer"),
    ("tensors", lambda t: t.update({"head.bias": t["head.bias"].astype(np.int64)}),
     "tensor 'head.bias' is int64, must be int32"),
    ("tensors", lambda t: t.update({"head.bias": t["head.bias"][:3]}),
     r"tensor 'head.bias' has shape \(3,\), must be \(4,\)"),
    ("tensors", lambda t: t.update({"head.weight": t["head.weight"] * 0 + 8}),
     "tensor 'head.weight' holds 8 to 8, must be within -8 to 7"),
    ("tensors", lambda t: t.update({"head.bias": None}), "tensor 'head.bias' is NoneType"),
    ("vectors", lambda t: t.pop("image"), "vector 'image' is missing"),
    ("vectors", lambda t: t.update({"block.0.q": t["block.0.q"] + 1}),
     "vector 'block.0.q' holds .* must be within 0 to 1"),
], ids=["missing", "extra", "type", "shape", "range", "none", "no-image", "no-spikes"])
def test_tensors_are_checked_when_made(artefact, part, change, message):
    tensors = dict(getattr(artefact, part))
    change(tensors)
    with pytest.raises(SpikeplaneError, match=f"artefact random-7: {message}"):
        dataclasses.replace(artefact, **{part: tensors})


def test_inexact_layer_is_refused_when_made(artefact):
    tensors = dict(artefact.tensors)
    tensors["stem.0.down.bias"] = tensors["stem.0.down.bias"] | np.int32(1 << 24)
    with pytest.raises(SpikeplaneError, match=r"random-7: layer stem.0.down: V \+ X reaches"):
        Artefact(name="random-7", config=artefact.config, tensors=tensors)


def node(manifest, name="stem.0.expand"):
    return next(n for n in manifest["nodes"] if n["name"] == name)


@pytest.mark.parametrize("change, message", [
    (lambda m: m.update(schema_version=1),
     "field 'schema_version' is 1, this kit reads 2; export the network again"),
    (lambda m: m.update(schema="x"), "field 'schema' is 'x', must be 'spikeplane-artefact'"),
    (lambda m: m.pop("labels"), "field 'labels' is missing"),
    (lambda m: m.update(colour="red"), "unknown field 'colour'"),
    (lambda m: m["config"].update(dim=24), "nodes: stem.0.down: field|has shape|files:"),
    (lambda m: m["config"].update(depth=2), "'nodes' lists 15 layers, the configuration makes 24"),
    (lambda m: m["config"].update(depth=10 ** 9), "model config: depth must be from 1 to 64"),
    (lambda m: node(m).update(bits=2), "nodes: stem.0.expand: field 'bits' is 2, must be 1"),
    (lambda m: node(m)["accumulator"].__setitem__(0, -1), "field 'accumulator' is .*, must be"),
    (lambda m: node(m).update(accumulator_bits=True), "field 'accumulator_bits' is True, must be"),
    (lambda m: node(m).pop("drive"), "field 'drive' is None, must be"),
    (lambda m: node(m).update(extra=1), "unknown field 'extra'"),
    (lambda m: m["meaning"].update(spike="V > threshold"), "field 'meaning' differs"),
    (lambda m: m["files"]["weights.safetensors"].pop("head.bias"), "field 'head.bias' is missing"),
    (lambda m: m["files"]["weights.safetensors"]["head.bias"].update(sha256="0" * 64),
     "weights.safetensors: tensor 'head.bias' does not have the recorded sha256"),
    (lambda m: m["files"]["weights.safetensors"]["head.bias"].update(shape=[5]),
     "head.bias: field 'shape' is .5., must be .4."),
    (lambda m: m["files"]["vectors.safetensors"]["image"].update(shape=[10 ** 15, 3, 6, 5]),
     "must be"),
    (lambda m: m["files"]["vectors.safetensors"]["image"].update(shape=[]),
     "must start with the number of images"),
], ids=["version", "schema", "missing", "unknown", "dim", "depth", "huge-depth", "bits", "bound",
        "bool", "no-bound", "node-field", "meaning", "no-entry", "hash", "shape", "huge", "empty"])
def test_wrong_manifest_is_refused(saved, change, message):
    edit(saved, change)
    with pytest.raises(SpikeplaneError, match=f"{message}") as caught:
        load(saved)
    assert str(caught.value).startswith(f"artefact {saved}: ")


def test_edited_description_is_refused(saved):
    path = saved / "manifest.json"
    path.write_text(path.read_text().replace('"accuracy": 0.25', '"accuracy": 0.95'))
    with pytest.raises(SpikeplaneError, match="field 'digest' is not that of the contents"):
        load(saved)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage, message", [
    (lambda p: p.unlink(), "cannot be read: No such file"),
    (lambda p: (p.unlink(), p.mkdir()), "not a regular file"),
    (lambda p: (p.unlink(), p.symlink_to(p.name)), "cannot be read: Too many levels"),
    (lambda p: (p.unlink(), os.mkfifo(p)), "not a regular file"),
    (lambda p: (p.unlink(), p.symlink_to("/dev/zero")), "not a regular file"),
    (lambda p: p.write_bytes(b""), "not JSON|truncated"),
    (lambda p: os.truncate(p, p.stat().st_size // 2), "not JSON|holds .* bytes of tensors|header"),
    (lambda p: os.truncate(p, 1 << 40), "bytes, expected at most"),
], ids=["gone", "directory", "loop", "pipe", "device", "empty", "cut", "sparse-terabyte"])
def test_damaged_file_is_named(saved, file, damage, message):
    damage(saved / file)
    with pytest.raises(SpikeplaneError, match=f"artefact {saved}: {file}.*({message})"):
        load(saved)


def test_tensors_swapped_with_another_network_are_refused(artefact, saved, tmp_path):
    save(random_artefact(artefact.config, seed=8), tmp_path / "other")
    shutil.copy(tmp_path / "other" / "weights.safetensors", saved)
    with pytest.raises(SpikeplaneError, match=r"weights.safetensors: tensor '.*' does not have"):
        load(saved)


@pytest.mark.parametrize("name", ["none", "x" * 1000], ids=["absent", "too-long"])
def test_missing_directory_is_named(tmp_path, name):
    with pytest.raises(SpikeplaneError, match=f"artefact .*{name}: no such directory"):
        load(tmp_path / name)
