"""Batch statistics over all processes of a training, each of which has a share of the batch."""
import torch
import torch.distributed as dist
from torch import nn

__all__ = ["BatchNorm", "batch_statistics", "distributed"]


def distributed() -> bool:
    """Whether this process is one of several that train together."""
    return dist.is_available() and dist.is_initialized()


class _Sum(torch.autograd.Function):
    """Sum over the processes; so is its gradient, because each of them has a part of the loss."""

    @staticmethod
    def forward(ctx, x):
        whole = x.clone()
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx, grad):
        return _Sum.forward(ctx, grad)


class _Statistics(torch.autograd.Function):
    """Mean and biased variance per channel, by the two passes of batch norm: several times as fast
    as ``var``, and the gradient is one pass."""

    @staticmethod
    def forward(ctx, x):
        _, mean, deviation = torch.native_batch_norm(x, None, None, None, None, True, 0.0, 0.0)
        ctx.save_for_backward(x, mean)
        # It is 1 / sqrt(var), or 0 for 0.
        return mean, torch.where(deviation == 0, 0, deviation.pow(-2))

    @staticmethod
    def backward(ctx, grad_mean, grad_var):
        x, mean = ctx.saved_tensors
        count = x[:, 0].numel()
        slope = 2 / count * grad_var
        shift = grad_mean / count - slope * mean
        return torch.addcmul(shift.view(-1, 1, 1), x, slope.view(-1, 1, 1))


def batch_statistics(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Mean and biased variance per channel of x (N, C, H, W), and the values that each is of.

    With several processes they are those of the shares together; a share may be empty. Two passes:
    sums of squares of integers would lose what the variance is made of.
    """
    if not distributed():
        return *_Statistics.apply(x), x[:, 0].numel()
    total = torch.tensor(float(x[:, 0].numel()), dtype=torch.float64, device=x.device)
    dist.all_reduce(total)
    count = int(total)
    mean = _Sum.apply(x.sum((0, 2, 3))) / count
    deviation = x - mean.view(-1, 1, 1)
    return mean, _Sum.apply(deviation.square().sum((0, 2, 3))) / count, count


class BatchNorm(nn.BatchNorm2d):
    """``nn.BatchNorm2d`` whose batch is that of all processes, on any device."""

    def forward(self, x):
        if not (self.training and distributed()):
            return super().forward(x)
        mean, var, count = batch_statistics(x.to(self.weight.dtype))
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * (count / max(1, count - 1)), self.momentum)
        gain = self.weight / (var + self.eps).sqrt()
        shift = self.bias - gain * mean
        return (x * gain.view(-1, 1, 1) + shift.view(-1, 1, 1)).to(x.dtype)
