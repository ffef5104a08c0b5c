"""The torch neuron against its definition, forward and backward."""
import numpy as np
import pytest
import torch

from sw.golden.neuron import fire
from sw.neuron import ALPHA, lif


def _by_autograd(x, threshold, unit):
    """The same neuron, left to autograd: the spike is its surrogate plus a constant."""
    membrane, spikes = torch.zeros_like(x[:, 0]), []
    for t in range(x.shape[1]):
        membrane = (membrane + x[:, t]) / 2
        soft = torch.sigmoid(ALPHA * unit * (membrane - threshold))
        hard = (membrane >= threshold).to(x.dtype)
        spikes.append(soft + (hard - soft).detach())
        membrane = membrane * (1 - hard)
    return torch.stack(spikes, 1)


@pytest.mark.parametrize("steps", [1, 2, 4, 7])
def test_gradients_equal_autograd(steps):
    generator = torch.Generator().manual_seed(steps)
    values = []
    for neuron in (lif, _by_autograd):
        generator.manual_seed(steps)
        x = (3 * torch.randn(5, steps, 3, 2, 4, generator=generator, dtype=torch.float64))
        threshold = 0.5 + torch.rand(3, 1, 1, generator=generator, dtype=torch.float64)
        weight = torch.randn(x.shape, generator=generator, dtype=torch.float64)
        x.requires_grad_(), threshold.requires_grad_()
        unit = torch.full((3, 1, 1), 0.7, dtype=torch.float64)
        spikes = neuron(x, threshold, unit)
        (spikes * weight).sum().backward()
        values.append((spikes.detach(), x.grad, threshold.grad))
    assert 0 < values[0][0].mean() < 1
    for ours, expected in zip(*values, strict=True):
        torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_floor_equals_integer_neuron(steps):
    rng = np.random.default_rng(steps)
    x = rng.integers(-200, 200, (400, steps, 4, 2, 2))
    threshold = rng.integers(1, 90, 4)
    spikes = lif(torch.tensor(x, dtype=torch.float32),
                 torch.tensor(threshold, dtype=torch.float32).view(-1, 1, 1), torch.tensor(1.0),
                 floor=True)
    assert np.array_equal(spikes.numpy(), fire(x, threshold))


def test_floor_differs_from_no_floor_for_a_fractional_threshold():
    # V = 3 / 2 reaches 1.5 unless it is floored.
    x = torch.full((1, 1, 1, 1, 1), 3.0)
    threshold, unit = torch.tensor(1.5), torch.tensor(1.0)
    assert lif(x, threshold, unit).item() == 1
    assert lif(x, threshold, unit, floor=True).item() == 0
