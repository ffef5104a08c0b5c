"""Post-training quantization: statistics measured again on images, no training."""
import torch

from .quantize import QuantSpikformer

__all__ = ["calibrate"]


@torch.no_grad()
def calibrate(model: QuantSpikformer, images: torch.Tensor) -> None:
    """Set mean and variance of every batch norm to those of ``images``, in quantized arithmetic.

    One pass over all images at once: each layer computes with the statistics of this very batch, so
    the layers behind it see the quantized spikes that they will see in use. Steps are those that
    :func:`sw.quantize.quantize` chose, with the least squared rounding error. Other than training,
    memory grows with the number of images.

    Parameters
    ----------
    images
        As the network takes them; at least two. The network is left in evaluation mode.
    """
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0  # running statistics become the batch's
    model.train()
    model(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()
