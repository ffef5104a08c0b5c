"""Leaky integrate-and-fire neurons in PyTorch, with a surrogate gradient."""
import torch

from sw.contract.errors import SpikeplaneError

__all__ = ["ALPHA", "fuse", "lif"]

# Steepness of the surrogate sigmoid, as in Spikformer.
ALPHA = 4.0
_KERNELS = 128


def _forward(x, threshold, floor: bool):
    """Membranes before their reset, and spikes, both as ``x``."""
    membranes, spikes, rest = [], [], None
    for current in x.unbind(1):
        membrane = (current if rest is None else rest + current) * 0.5
        membrane = membrane.floor() if floor else membrane
        spike = membrane >= threshold
        membranes.append(membrane)
        spikes.append(spike.to(x.dtype))
        rest = membrane.masked_fill(spike, 0)
    return torch.stack(membranes, 1), torch.stack(spikes, 1)


def _backward(grad, membranes, spikes, threshold, unit):
    """Gradients at ``x``, and at the membranes by way of the spikes alone."""
    slope = ALPHA * unit
    sigmoid = ((membranes - threshold) * slope).sigmoid()
    direct = (sigmoid - sigmoid * sigmoid) * slope * grad
    steps = list(direct.unbind(1))
    for t in reversed(range(len(steps) - 1)):
        # The reset is detached: a spike stops the gradient that comes from later steps.
        steps[t] = steps[t] + 0.5 * (1 - spikes[:, t]) * steps[t + 1]
    return torch.stack(steps, 1) * 0.5, direct


class _Kernels:
    """The two functions, as they are or compiled."""
    forward, backward = staticmethod(_forward), staticmethod(_backward)


def fuse(device: str = "cpu") -> None:
    """Compile the neuron, forward and backward: one pass over memory each, instead of several for
    each step. Spikes stay the same; gradients may differ in their last bit.

    Raises
    ------
    SpikeplaneError
        There is no compiler for the device.
    """
    # A kernel for each T, form of threshold, precision and layout; beyond the limit, which is 8 by
    # default, neurons would silently be computed without one.
    torch._dynamo.config.recompile_limit = max(_KERNELS, torch._dynamo.config.recompile_limit)
    kernels = [torch.compile(function, dynamic=True) for function in (_forward, _backward)]
    x, one = torch.ones(2, 2, 2, 2, 2, device=device), torch.ones((), device=device)
    try:
        kernels[1](x, *kernels[0](x, one, False), one, one)
    except Exception as error:  # of a dozen kinds, none of them public
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SpikeplaneError(
            f"recipe: fused neurons need a compiler that torch.compile can use ({reason}); install "
            "g++, or set fused = false") from None
    _Kernels.forward, _Kernels.backward = map(staticmethod, kernels)


class _Lif(torch.autograd.Function):
    """The recurrence over T and its gradient, written out: autograd would keep six maps a step."""

    @staticmethod
    def forward(ctx, x, threshold, unit, floor):
        membranes, spikes = _Kernels.forward(x, threshold, floor)
        ctx.save_for_backward(membranes, spikes, threshold, unit)
        return spikes

    @staticmethod
    def backward(ctx, grad):
        membranes, spikes, threshold, unit = ctx.saved_tensors
        grad_x, direct = _Kernels.backward(grad, membranes, spikes, threshold, unit)
        grad_threshold = ((-direct).sum_to_size(threshold.shape) if ctx.needs_input_grad[1]
                          else None)
        return grad_x, grad_threshold, None, None


def lif(x: torch.Tensor, threshold: torch.Tensor, unit: torch.Tensor, *,
        floor: bool = False) -> torch.Tensor:
    """Spikes of LIF neurons with tau = 2 and hard reset to 0, starting at 0.

    ``V = (V + X) / 2; spike = V >= threshold; V = 0 on a spike``. With ``floor``, integers in
    float32 give exactly the arithmetic shift ``V = (V + X) >> 1`` of the integer network.

    The gradient of a spike is that of ``sigmoid(ALPHA * unit * (V - threshold))``; the reset is
    detached.

    Parameters
    ----------
    x
        Input current (N, T, C, H, W).
    threshold, unit
        Broadcastable to (C, H, W): threshold in units of ``x``, and the size of one unit of ``x``
        as a fraction of the real-valued threshold 1.

    Returns
    -------
    Spikes 0.0 or 1.0, shaped as ``x``.
    """
    return _Lif.apply(x, threshold, unit, floor)
