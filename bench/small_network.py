"""What the benches of residuals and of time steps train: a small Spikformer V2 on Fashion-MNIST."""
import argparse
import dataclasses
from pathlib import Path

import torch

from sw import data
from sw.contract.config import ModelConfig, preset
from sw.contract.graph import build_graph
from sw.model import Spikformer
from sw.quantize import quantize
from sw.quantize_calibrate import calibrate
from sw.recipe import Recipe
from sw.train import fit, pixel_statistics

__all__ = ["RECIPE", "arguments", "network", "trained"]

RECIPE = Recipe(dataset="fashion", epochs=5, rate=2e-3, warmup=0.5, precision="bfloat16",
                fused=True, average=0.999, crop=2, flip=True)
CALIBRATION = 1024


def arguments(about: str, runs: Path) -> argparse.ArgumentParser:
    """Options of such a bench, whose docstring and default directory of trainings are given."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="directory of Fashion-MNIST")
    parser.add_argument("--runs", type=Path, default=runs,
                        help="where the trainings are (default: %(default)s)")
    return parser


def network(form: str) -> ModelConfig:
    """Half as wide as ``fashion``, to be trained in minutes."""
    return dataclasses.replace(preset("fashion"), dim=48, heads=3, residual=form)


def trained(config: ModelConfig, recipe: Recipe, run: Path, directory: Path):
    """Result of the float training, the float network, and that calibrated at 4 bits."""
    torch.manual_seed(recipe.seed)
    images = data.load(recipe.dataset, "fit", directory, build_graph(config)[0]).images
    model = Spikformer(config, *pixel_statistics(images))
    header = {"kind": "float", "preset": "fashion", "training": "bench",
              "config": config.to_dict()}
    kept = fit(model, recipe, run, header, data_directory=directory)
    quantized = quantize(model, weight_bits=4)
    calibrate(quantized, torch.from_numpy(images[:CALIBRATION]))
    return kept, model, quantized
