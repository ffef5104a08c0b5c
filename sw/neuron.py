"""Leaky integrate-and-fire neurons in PyTorch, with a surrogate gradient."""
import torch

__all__ = ["ALPHA", "lif"]

# Steepness of the surrogate sigmoid, as in Spikformer.
ALPHA = 4.0


class _Lif(torch.autograd.Function):
    """The recurrence over T and its gradient, written out: autograd would keep six maps a step."""

    @staticmethod
    def forward(ctx, x, threshold, unit, floor):
        membrane = torch.zeros_like(x[:, 0])
        membranes, spikes = torch.empty_like(x), torch.empty_like(x)
        for t in range(x.shape[1]):
            membrane = (membrane + x[:, t]) / 2
            if floor:
                membrane = membrane.floor()
            membranes[:, t] = membrane
            spikes[:, t] = membrane >= threshold
            membrane = membrane * (1 - spikes[:, t])
        ctx.save_for_backward(membranes, spikes, threshold, unit)
        return spikes

    @staticmethod
    def backward(ctx, grad):
        membranes, spikes, threshold, unit = ctx.saved_tensors
        sigmoid = torch.sigmoid(ALPHA * unit * (membranes - threshold))
        # Gradient at the membrane by way of the spike alone; the threshold gets its negative.
        grad = grad * (ALPHA * unit) * sigmoid * (1 - sigmoid)
        grad_threshold = (-grad).sum_to_size(threshold.shape) if ctx.needs_input_grad[1] else None
        carried = torch.zeros_like(grad[:, 0])
        grad_x = torch.empty_like(grad)
        for t in reversed(range(grad.shape[1])):
            # The reset is detached: a spike stops the gradient that comes from later steps.
            carried = (grad[:, t] + carried * (1 - spikes[:, t])) / 2
            grad_x[:, t] = carried
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
