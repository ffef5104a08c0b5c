"""Leaky integrate-and-fire neurons in PyTorch, with a surrogate gradient."""
import torch

__all__ = ["ALPHA", "lif"]

# Steepness of the surrogate sigmoid, as in Spikformer.
ALPHA = 4.0


class _Lif(torch.autograd.Function):
    """The recurrence over T and its gradient, written out: autograd would keep six maps a step."""

    @staticmethod
    def forward(ctx, x, threshold, unit, floor):
        # Few passes over memory, which bounds the speed: everything is written in place.
        membranes, spikes = torch.empty_like(x), torch.empty_like(x)
        rest = None
        for t in range(x.shape[1]):
            membrane = membranes[:, t]
            torch.mul(x[:, t] if rest is None else rest.add_(x[:, t]), 0.5, out=membrane)
            if floor:
                membrane.floor_()
            spiking = membrane >= threshold
            spikes[:, t] = spiking
            if t + 1 < x.shape[1]:
                rest = membrane.masked_fill(spiking, 0)
        ctx.save_for_backward(membranes, spikes, threshold, unit)
        return spikes

    @staticmethod
    def backward(ctx, grad):
        membranes, spikes, threshold, unit = ctx.saved_tensors
        slope = ALPHA * unit
        sigmoid = (membranes - threshold).mul_(slope).sigmoid_()
        # Gradient at the membrane by way of the spike alone; the threshold gets its negative.
        grad_x = torch.addcmul(sigmoid, sigmoid, sigmoid, value=-1).mul_(slope).mul_(grad)
        grad_threshold = ((-grad_x).sum_to_size(threshold.shape) if ctx.needs_input_grad[1]
                          else None)
        grad_x.mul_(0.5)
        for t in reversed(range(grad_x.shape[1] - 1)):
            # The reset is detached: a spike stops the gradient that comes from later steps.
            grad_x[:, t].add_((1 - spikes[:, t]).mul_(grad_x[:, t + 1]), alpha=0.5)
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
