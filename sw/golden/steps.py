"""The same network at another number of time steps."""
import dataclasses

import numpy as np

from sw.contract.artefact import Artefact
from sw.contract.errors import SpikeplaneError

__all__ = ["at_steps"]

_ABOUT = ("dataset", "seed", "earlier_recipes", "float_recipe", "recipe")
"""What a record of training says of the weights, whatever T they are used at."""


def at_steps(artefact: Artefact, steps: int) -> Artefact:
    """The artefact with T = ``steps``, without known answers and without recorded accuracies.

    Weights, thresholds and biases of the neurons stay. Logits are sums over the steps, so the
    head's bias grows with T: ``floor(bias * T / T_own + 1/2)``, which is at most
    ``(T / T_own + 1) / 2`` logits away from the real-valued bias.

    Raises
    ------
    SpikeplaneError
        ``steps`` is none, the network reads frames, whose number is its own, or a layer cannot be
        exact.
    """
    own = artefact.config.steps
    if artefact.config.frames and steps != own:
        raise SpikeplaneError(f"network {artefact.name} reads {own} frames, one for each time "
                              f"step; it cannot have T = {steps}")
    config = dataclasses.replace(artefact.config, steps=steps)
    bias = artefact.tensors["head.bias"].astype(np.int64)
    scaled = (2 * bias * steps + own) // (2 * own)
    limits = np.iinfo(np.int32)
    if scaled.min() < limits.min or scaled.max() > limits.max:
        raise SpikeplaneError(f"network {artefact.name}: layer head: its bias leaves 32 bits at "
                              f"T = {steps}")
    training = {name: artefact.training[name] for name in _ABOUT if name in artefact.training}
    return dataclasses.replace(
        artefact, config=config, vectors={}, training=training,
        tensors=artefact.tensors | {"head.bias": scaled.astype(np.int32)})
