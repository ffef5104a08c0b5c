"""Calibration without training, the report of the layers, and both by the command."""
import json

import numpy as np
import pytest
import torch

from sw import data
from sw.cli import main
from sw.contract.config import ModelConfig
from sw.contract.graph import Conv, Head
from sw.evaluate import load_network
from sw.model import Spikformer
from sw.quantize import quantize
from sw.quantize_calibrate import calibrate
from sw.quantize_report import layer_report
from sw.train_checkpoint import write

TINY = ModelConfig(image=(1, 8, 8), image_bits=5, dim=16, heads=2, steps=2, expansion=1,
                   mlp_ratio=1, attention_threshold=1, fraction_bits=2)


@pytest.fixture
def model():
    torch.manual_seed(3)
    network = Spikformer(TINY, [4.9], [6.0])
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.weight, std=1.5)
            torch.nn.init.normal_(module.bias, mean=0.6, std=0.7)
    return network.eval()


@pytest.fixture
def run(model, tmp_path):
    """Directory of a float network, as a training or an import leaves it."""
    directory = tmp_path / "float"
    directory.mkdir()
    write(directory / "model.pt",
          {"kind": "float", "preset": None, "training": None, "config": TINY.to_dict(),
           "recipe": {"dataset": "digits"}},
          {"epoch": 0, "validation": None, "test": 0.1, "model": model.state_dict()})
    return directory


def images(count=40):
    return torch.from_numpy(data.load("digits", "fit").images[:count])


def test_statistics_are_those_of_the_quantized_sums_in_sequence(model):
    """Of each layer, from the integers that the calibrated network itself puts into it."""
    network = quantize(model, weight_bits=4)
    calibrate(network, images())
    taps = {}
    with torch.no_grad():
        network(images(), taps)
    assert not network.training
    for node in network.graph:
        if not isinstance(node, Conv):
            continue
        layer = network.get_submodule(node.name)
        weight = layer.integers()[f"{node.name}.weight"].astype(np.float64)
        acc = torch.conv2d(taps[node.inputs[0]].flatten(0, 1).double(), torch.from_numpy(weight),
                           stride=node.stride, padding=node.pad)
        sign = layer.bn.weight.detach().double().sign()
        step = layer.log_step.detach().double().exp()
        torch.testing.assert_close(layer.bn.running_mean.double(),
                                   acc.mean((0, 2, 3)) * sign * step, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(layer.bn.running_var.double(),
                                   acc.var((0, 2, 3), unbiased=False) * step ** 2,
                                   rtol=1e-4, atol=1e-6)
        assert layer.bn.momentum == torch.nn.BatchNorm2d(1).momentum


@pytest.mark.parametrize("bits", [4, 8])
def test_report_states_the_exported_integers(model, bits):
    network = quantize(model, weight_bits=bits)
    calibrate(network, images())
    tensors, rows = network.integers(), layer_report(network)
    nodes = [node for node in network.graph if isinstance(node, Conv | Head)]
    assert [row["layer"] for row in rows] == [node.name for node in nodes]
    for node, row in zip(nodes, rows, strict=True):
        weight = tensors[f"{node.name}.weight"].astype(np.int64)
        assert row["weight"] == [weight.min(), weight.max()]
        flat = weight.reshape(len(weight), -1)
        if isinstance(node, Head):
            assert row["threshold"] is row["membrane_bits"] is None
            continue
        low, high = row["accumulator"]
        assert high == max(w[w > 0].sum() for w in flat) * node.in_levels
        assert low == min(w[w < 0].sum() for w in flat) * node.in_levels
        assert -2 ** (row["accumulator_bits"] - 1) <= low and high < 2 ** (
            row["accumulator_bits"] - 1)
        threshold = tensors[f"{node.name}.threshold"] / 4
        assert row["threshold"] == [threshold.min(), np.median(threshold)]
        assert row["bias"] == [tensors[f"{node.name}.bias"].min() / 4,
                               tensors[f"{node.name}.bias"].max() / 4]


def test_clipped_share_counts_the_weights_beyond_the_bits(model):
    layer = quantize(model, weight_bits=4).get_submodule("block.0.fc1")
    assert layer.weight.numel() == 256
    with torch.no_grad():
        layer.log_step.zero_()
        layer.bn.weight.fill_(1.0)
        layer.weight.fill_(7.4)
        layer.weight.view(-1)[:3] = torch.tensor([7.6, -8.4, -8.6])
        assert layer.clipped() == 2 / 256
        layer.bn.weight.fill_(-1.0)  # negated: -7.6 and 8.4 and 8.6
        assert layer.clipped() == 2 / 256


def test_command_calibrates_reports_and_leaves_a_network(run, tmp_path, capsys):
    out = tmp_path / "w8"
    arguments = ["quantize", "--run", str(run), "--weight-bits", "8", "--calibrate", "64"]
    assert main([*arguments, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    network, kept = load_network(out)
    rows = json.loads((out / "layers.json").read_text())
    assert rows == layer_report(network)
    assert f"test {kept['test']:.2%}" in printed and "block.0.fc2" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert kept["recipe"] == {"dataset": "digits", "seed": 0, "calibrated": 64}
    assert main([*arguments, "--out", str(tmp_path / "again")]) == 0
    again, _ = load_network(tmp_path / "again")
    assert all(np.array_equal(again.integers()[k], v) for k, v in network.integers().items())
    assert main(["export", "--run", str(out), "--out", str(tmp_path / "tiny-w8")]) == 0


@pytest.mark.parametrize("arguments, message", [
    (["--calibrate", "1"], "--calibrate must be at least 2 images, not 1"),
    (["--calibrate", "5000"], "--calibrate 5000: digits has 1257 training images"),
    (["--calibrate", "9", "--epochs", "3"], "--recipe and --epochs are of training"),
    ([], "was imported, so no recipe is known; give --recipe, or --calibrate"),
], ids=["one", "many", "epochs", "no-recipe"])
def test_command_refuses_in_one_line(run, tmp_path, capsys, arguments, message):
    assert main(["quantize", "--run", str(run), "--out", str(tmp_path / "out"), *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()
