"""What a training starts from: an earlier one, of the same network."""
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from .model import Spikformer
from .train_checkpoint import read

__all__ = ["before", "load_start"]

_FREE = {"classes", "steps", "weight_bits", "head_bits", "fraction_bits"}
"""Fields of a configuration in which a network may differ from the one that it starts from."""


def load_start(model: Spikformer, directory: Path) -> dict:
    """Start a network from what ``spikeplane pretrain`` or ``spikeplane train`` left in
    ``directory``; its statistics of pixels are taken over, and its head if it has one for as many
    classes. Returns what identifies that training.

    Raises
    ------
    SpikeplaneError
        There is no such training, or it is of another network.
    """
    path = directory / "model.pt"
    kept = read(path)
    if kept["kind"] == "quantized":
        raise SpikeplaneError(f"{path} holds a quantized network; start from the directory given "
                              "to `spikeplane pretrain --out` or `spikeplane train --out`")
    own = model.config.to_dict()
    for field in sorted(own.keys() - _FREE):
        if kept["config"][field] != own[field]:
            raise SpikeplaneError(
                f"{path} was trained with {field} {kept['config'][field]!r}, the network has "
                f"{own[field]!r}; start from a network of the same preset")
    weights = kept["model"]
    if kept["kind"] != "float" or kept["config"]["classes"] != own["classes"]:
        head = {name: value for name, value in model.state_dict().items()
                if name.startswith("head.")}
        weights = {name: value for name, value in weights.items()
                   if not name.startswith("head.")} | head
    model.load_state_dict(weights)
    return {key: kept.get(key)
            for key in ("kind", "recipe", "epoch", "validation", "test", "started")}


def before(started: dict | None) -> list[dict]:
    """Recipes of the trainings that one started from, each with its ``kind``, the first first."""
    if not started:
        return []
    return [*before(started["started"]), {"kind": started["kind"]} | started["recipe"]]
