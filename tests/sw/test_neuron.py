"""The torch neuron against its definition, forward and backward."""
import functools
import itertools

import numpy as np
import pytest
import torch

from sw import neuron
from sw.contract.errors import SpikeplaneError
from sw.golden.neuron import fire
from sw.neuron import ALPHA, fuse, lif


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
    for layer in (lif, _by_autograd):
        generator.manual_seed(steps)
        x = (3 * torch.randn(5, steps, 3, 2, 4, generator=generator, dtype=torch.float64))
        threshold = 0.5 + torch.rand(3, 1, 1, generator=generator, dtype=torch.float64)
        weight = torch.randn(x.shape, generator=generator, dtype=torch.float64)
        x.requires_grad_(), threshold.requires_grad_()
        unit = torch.full((3, 1, 1), 0.7, dtype=torch.float64)
        spikes = layer(x, threshold, unit)
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


@pytest.fixture
def kernels(monkeypatch):
    """Whatever is compiled is gone after the test."""
    for name in ("forward", "backward"):
        monkeypatch.setattr(neuron._Kernels, name, staticmethod(getattr(neuron, f"_{name}")))


@pytest.mark.parametrize("floor", [False, True])
def test_fused_neurons_spike_alike(kernels, floor):
    torch.manual_seed(1)
    x = (9 * torch.randn(3, 3, 4, 2, 5)).round().requires_grad_()
    threshold = torch.tensor([1.0, 2.0, 3.0, 5.0]).view(-1, 1, 1).requires_grad_()
    unit, results = torch.tensor(0.3), []
    for _ in range(2):
        spikes = lif(x, threshold, unit, floor=floor)
        results.append((spikes, *torch.autograd.grad(spikes.square().sum(), (x, threshold))))
        fuse()
    assert torch.equal(results[0][0], results[1][0])
    for ours, expected in zip(results[1][1:], results[0][1:], strict=True):
        torch.testing.assert_close(ours, expected)


def test_every_T_form_precision_and_layout_stays_compiled(kernels, monkeypatch):
    """As many kernels as a training with several T needs; not a silent return to slow neurons."""
    # The limit does not depend on what makes the kernels.
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="eager"))
    fuse()
    with torch._dynamo.config.patch(fail_on_recompile_limit_hit=True):
        for steps, floor, dtype in itertools.product((1, 2, 4), (False, True),
                                                     (torch.float32, torch.bfloat16)):
            one = torch.ones((), dtype=dtype)
            for x in (torch.rand(2, steps, 3, 2, 2), torch.rand(2, 1, 3, 2, 2).expand(
                    -1, steps, -1, -1, -1)):
                x = x.to(dtype).requires_grad_()
                lif(x, one, one, floor=floor).sum().backward()


def test_missing_compiler_is_one_sentence(kernels, monkeypatch):
    def broken(function, dynamic):
        def call(*args):
            raise RuntimeError("no g++\nmore")
        return call

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.raises(SpikeplaneError) as caught:
        fuse()
    assert str(caught.value) == (
        "recipe: fused neurons need a compiler that torch.compile can use (no g++); install g++, "
        "or set fused = false")
