"""From train to artefact by the three commands, and the refusal of a network that differs."""
import numpy as np
import pytest
import torch

from sw import data
from sw.artefact_table import artefact_table
from sw.cli import main
from sw.contract import config as configs
from sw.contract.artefact import load
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.export import export
from sw.golden.network import run
from sw.quantize import QuantSpikformer
from sw.train_checkpoint import read_model

_CHOICES = {"image": (1, 8, 8), "image_bits": 5, "dim": 16, "heads": 2, "steps": 2,
            "expansion": 1, "mlp_ratio": 1, "attention_threshold": 1}
TINY = {"scs": ModelConfig(**_CHOICES),
        "sps": ModelConfig(stem="sps", residual="iand", pad_value=(5,),
                           pools=(False, False, True, False), **_CHOICES)}


@pytest.fixture(scope="module", params=TINY)
def trained(request, tmp_path_factory):
    """Directories of a float and a quantized training and of the artefact."""
    root = tmp_path_factory.mktemp("road")
    recipe = root / "tiny.toml"
    section = "epochs = 2\nwarmup = 1\nrate = 1e-2\n"
    recipe.write_text(f"preset = 'tiny'\ndataset = 'digits'\n[float]\n{section}"
                      f"[quantized]\n{section}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(configs.PRESETS, "tiny", TINY[request.param])
        for arguments in (["train", "--recipe", str(recipe), "--out", "float"],
                          ["quantize", "--run", "float", "--recipe", str(recipe),
                           "--weight-bits", "8", "--fraction-bits", "1", "--epochs", "1",
                           "--out", "quantized"],
                          ["export", "--run", "quantized", "--out", "tiny-w8", "--images", "3",
                           "--table", "README.md"]):
            arguments = [str(root / a) if arguments[i - 1] in ("--out", "--run", "--table") else a
                         for i, a in enumerate(arguments)]
            assert main(arguments) == 0
    return root


def _network(root):
    kept = read_model(root / "quantized", "quantized")
    model = QuantSpikformer(ModelConfig.from_dict(kept["config"]))
    model.load_state_dict(kept["model"])
    return model.eval()


def test_artefact_is_the_trained_network(trained):
    artefact = load(trained / "tiny-w8")
    for name, tensor in _network(trained).integers().items():
        assert np.array_equal(tensor, artefact.tensors[name]), name
    assert artefact.config.weight_bits == 8 and artefact.config.fraction_bits == 1
    assert artefact.labels == tuple("0123456789")


def test_accuracy_is_measured_on_the_artefact(trained):
    artefact, test = load(trained / "tiny-w8"), data.load("digits", "test")
    right = (run(artefact, test.images)["head"].argmax(1) == test.labels).mean()
    training = artefact.training
    assert training["integer_test_accuracy"] == right
    # The quantized network in torch answers the same, image for image.
    assert right == read_model(trained / "quantized", "quantized")["test"]
    assert training["float_test_accuracy"] == read_model(trained / "float", "float")["test"]
    assert training["test_images"] == 360 and training["recipe"]["epochs"] == 1


def test_every_spike_of_the_trained_network_is_golden(trained):
    artefact, images = load(trained / "tiny-w8"), data.load("digits", "test").images[:64]
    taps = {}
    with torch.no_grad():
        _network(trained)(torch.from_numpy(images), taps)
    for name, expected in run(artefact, images).items():
        assert np.array_equal(taps[name].numpy(), expected), name
        assert expected.any(), name


def test_known_answers_are_the_first_test_images(trained):
    vectors = load(trained / "tiny-w8").vectors
    assert np.array_equal(vectors["image"], data.load("digits", "test").images[:3])


def test_table_has_a_row_per_trained_network(trained):
    table, artefact = (trained / "README.md").read_text(), load(trained / "tiny-w8")
    assert table == artefact_table(trained)
    row, stem = table.splitlines()[-1], artefact.config.stem
    assert row.startswith(f"| tiny-w8 | digits | {stem} | 16 | 1 | 2 | 8 | 1 |")
    assert row.endswith(f"| {artefact.training['integer_test_accuracy']:.2%} of 360 |")


def test_float_network_is_not_exported(trained, capsys):
    assert main(["export", "--run", str(trained / "float"), "--out", str(trained / "no")]) == 1
    assert "holds a float network" in capsys.readouterr().err
    assert not (trained / "no").exists()


def test_network_that_golden_does_not_reproduce_is_refused(trained, monkeypatch):
    model = _network(trained)
    tensors = model.integers()
    tensors["block.0.fc1.threshold"] = tensors["block.0.fc1.threshold"] * 4
    monkeypatch.setattr(model, "integers", lambda: tensors)
    with pytest.raises(SpikeplaneError, match=r"layer block\.0\.fc1: the golden model differs"):
        export(model, "changed", data.load("digits", "test").images[:8])
