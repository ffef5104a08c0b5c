"""Leaky integrate-and-fire neurons in PyTorch, with a surrogate gradient."""
import torch

from sw.contract.errors import SpikeplaneError

__all__ = ["ALPHA", "fuse", "lif"]

# Steepness of the surrogate sigmoid, as in Spikformer.
ALPHA = 4.0
_KERNELS = 128
"""Room for a kernel for each T, form of threshold, precision and layout. Beyond the limit, which is
8 by default, neurons would silently be computed without one."""


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


def _backward(grad, membranes, threshold, unit, learns: bool):
    """Gradients at ``x``, and, if the threshold learns, at the membranes by way of the spikes
    alone.

    Step by step, and spikes are found again: so the compiler makes one loop of it.
    """
    slope, later = ALPHA * unit, None
    steps, directs = [], []
    for membrane, arriving in zip(membranes.unbind(1)[::-1], grad.unbind(1)[::-1], strict=True):
        sigmoid = ((membrane - threshold) * slope).sigmoid()
        step = direct = (sigmoid - sigmoid * sigmoid) * slope * arriving
        if later is not None:
            # The reset is detached: a spike stops the gradient that comes from later steps.
            step = step + later.masked_fill(membrane >= threshold, 0)
        later = 0.5 * step
        steps.append(later)
        directs.append(direct)
    return torch.stack(steps[::-1], 1), torch.stack(directs[::-1], 1) if learns else None


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
    torch._dynamo.config.recompile_limit = max(_KERNELS, torch._dynamo.config.recompile_limit)
    kernels = [torch.compile(function, dynamic=True) for function in (_forward, _backward)]
    x, one = torch.ones(2, 2, 2, 2, 2, device=device), torch.ones((), device=device)
    try:
        kernels[1](x, kernels[0](x, one, False)[0], one, one, False)
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
        ctx.save_for_backward(membranes, threshold, unit)
        return spikes

    @staticmethod
    def backward(ctx, grad):
        membranes, threshold, unit = ctx.saved_tensors
        learns = ctx.needs_input_grad[1]
        grad_x, direct = _Kernels.backward(grad, membranes, threshold, unit, learns)
        return grad_x, -direct.sum_to_size(threshold.shape) if learns else None, None, None


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
