import dataclasses

from sw import cli
from sw.contract.artefact import save
from sw.contract.config import preset
from sw.contract.version import version
from sw.random_network import random_artefact


def test_shows_every_layer_in_80_columns(tmp_path, capsys):
    artefact = random_artefact(preset("cifar-v1-2-256"), seed=1, images=1, name="cifar")
    save(dataclasses.replace(artefact, labels=tuple("abcdefghij")), tmp_path / "net")
    assert cli.main(["inspect", str(tmp_path / "net")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["name", "cifar"]
    assert lines[1].split()[:4] == ["written", "by", "spikeplane", version()]
    rows = {line.split()[0]: line.split() for line in lines if line}
    assert [rows[node.name][1] for node in artefact.graph] == [
        type(node).__name__.lower() for node in artefact.graph]
    bounds = artefact.bounds["block.1.fc1"]
    assert rows["block.1.fc1"][2:] == [
        "1024x8x8", "0..1", "4", "4", str(bounds.accumulator_bits), str(bounds.membrane_bits),
        "262144"]


def test_damaged_artefact_is_one_line(tmp_path, capsys):
    path = tmp_path / "net"
    cli.main(["export", "--random", "1", "--set", "dim=16", "--set", "attention_threshold=1",
              "--out", str(path)])
    (path / "weights.safetensors").write_bytes(b"short")
    capsys.readouterr()
    assert cli.main(["inspect", str(path)]) == 1
    assert capsys.readouterr() == (
        "", f"spikeplane: artefact {path}: weights.safetensors: truncated: 5 bytes\n")


def test_preset(capsys):
    assert cli.main(["inspect", "--preset", "v2-8-384"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "29,111,272 as published" in out and "stem.3.expand conv 1536x14x14" in out
    assert cli.main(["inspect", "--preset", "v3"]) == 1
    assert "unknown preset 'v3'; choose one of digits" in capsys.readouterr().err
