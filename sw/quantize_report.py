"""What quantization did to each layer: ranges, clipping, widths, resolution of the thresholds."""
import torch

from sw.contract.bounds import layer_bounds
from sw.contract.graph import Conv, Head

from .quantize import QuantSpikformer

__all__ = ["layer_report"]


@torch.no_grad()
def layer_report(model: QuantSpikformer) -> list[dict]:
    """A row per layer with weights, of JSON values.

    Returns
    -------
    list of dict
        ``layer``; ``weight_bits``; ``weight``: smallest and largest integer; ``clipped``: share of
        the weights that rounding to the nearest step would put outside of the bits;
        ``accumulator`` and ``accumulator_bits``: worst case of any input, and the width for it;
        ``membrane_bits``: of the neuron, None for the head; ``bias``: smallest and largest, in
        accumulator LSBs; ``threshold``: smallest and median in accumulator LSBs, which is the
        resolution of the neuron, None for the head.

    Raises
    ------
    SpikeplaneError
        A layer cannot be exact.
    """
    rows = []
    for node in model.graph:
        if not isinstance(node, Conv | Head):
            continue
        layer = model.get_submodule(node.name)
        tensors = layer.integers()
        bounds = layer_bounds(node, tensors, model.config.steps)
        lsb = 1 << getattr(node, "fraction_bits", 0)
        weight, bias = (tensors[f"{node.name}.{field}"] for field in ("weight", "bias"))
        threshold = torch.from_numpy(tensors[f"{node.name}.threshold"] / lsb) if isinstance(
            node, Conv) else None
        rows.append({
            "layer": node.name, "weight_bits": node.weight_bits,
            "weight": [int(weight.min()), int(weight.max())],
            "clipped": layer.clipped(),
            "accumulator": list(bounds.accumulator), "accumulator_bits": bounds.accumulator_bits,
            "membrane_bits": bounds.membrane_bits if isinstance(node, Conv) else None,
            "bias": [float(bias.min()) / lsb, float(bias.max()) / lsb],
            "threshold": None if threshold is None else [
                threshold.min().item(), threshold.quantile(0.5).item()],
        })
    return rows
