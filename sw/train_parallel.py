"""Training in several processes, started by ``torchrun``: each computes its share of every batch.

Every process draws the same random numbers and prepares the whole batch, so that the result is
that of one process but for the order of sums. Gradients are summed after the backward pass, in one
piece: buckets that are sent during it change their layout after the first step, and a training that
goes on from its checkpoint would sum in another order than one that was not interrupted.
"""
import atexit
import os

import torch
import torch.distributed as dist

from sw.contract.errors import SpikeplaneError

from .model_statistics import distributed

__all__ = ["first", "same", "share", "start", "sum_gradients", "total"]


def start(device: torch.device) -> torch.device:
    """Join the other processes, if ``torchrun`` started several; returns the device of this one.

    Raises
    ------
    SpikeplaneError
        The processes do not find each other.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        return device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    try:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise SpikeplaneError(f"the processes of this training do not find each other ({reason}); "
                              "start them with torchrun") from None
    atexit.register(dist.destroy_process_group)
    return device


def first() -> bool:
    """Whether this is the process that reports and writes."""
    return not distributed() or dist.get_rank() == 0


def share(count: int) -> slice:
    """Which of ``count`` images are this process's."""
    if not distributed():
        return slice(count)
    rank, size = dist.get_rank(), dist.get_world_size()
    return slice(count * rank // size, count * (rank + 1) // size)


def total(value: float, device: torch.device) -> float:
    """Sum of the values of all processes."""
    if not distributed():
        return value
    values = torch.tensor(value, dtype=torch.float64, device=device)
    dist.all_reduce(values)
    return values.item()


def same(value: int, device: torch.device) -> bool:
    """Whether all processes have the same value."""
    if not distributed():
        return True
    ends = torch.tensor([value, -value], device=device)
    dist.all_reduce(ends, dist.ReduceOp.MAX)
    return ends.tolist() == [value, -value]


def sum_gradients(model: torch.nn.Module) -> None:
    """Replace every gradient by the sum of those of all processes."""
    if not distributed():
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
