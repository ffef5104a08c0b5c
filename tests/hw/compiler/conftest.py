"""Artefacts for the compiler's tests."""
import numpy as np
import pytest

from sw.contract.artefact import Artefact
from sw.contract.graph import build_graph
from sw.contract.tensors import weight_specs


def _artefact(model, seed=0, **tensors):
    rng = np.random.default_rng(seed)
    specs = weight_specs(build_graph(model))
    values = {name: rng.integers(max(spec.low, -9), min(spec.high, 9) + 1, spec.shape).astype(
        spec.dtype) for name, spec in specs.items()}
    return Artefact(name="net", config=model, tensors=values | tensors,
                    preprocessing={}, training={})


@pytest.fixture(scope="session")
def make_artefact():
    """``make_artefact(model, seed=0, **tensors)``: small random integers, whether they fire or
    not; ``tensors`` replace some."""
    return _artefact
