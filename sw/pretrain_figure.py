"""Figure of a pre-training: images, what the network sees of them, and what it makes of it."""
import io

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .pretrain import MaskedAutoencoder, Reconstruction
from .pretrain_mask import normalised, patches, unpatch

__all__ = ["draw_reconstruction", "reconstruct"]

_INK = "#22303c"
_ROWS = ("image", "seen", "predicted")


@torch.no_grad()
def reconstruct(model: MaskedAutoencoder, images: np.ndarray) -> list[np.ndarray]:
    """Images (N, C, H, W), or frames side by side, three times: as they are, with masked patches
    hidden, and with those replaced by the predicted pixels.

    A prediction is normalised; mean and deviation of the true patch make pixels of it.
    """
    model.eval()
    task = Reconstruction(model, model.recipe)
    whole = torch.from_numpy(images).float()
    flat = whole.flatten(1, -3)
    hidden, (_, masks) = task.prepare(flat, None, torch.Generator().manual_seed(0))
    pixels = model(hidden.reshape(whole.shape).to(model.mean.device)).float().cpu()
    cut = patches(task.visible(flat), task.side)
    _, mean, std = normalised(cut, task.levels)
    filled = torch.where(masks[..., None], patches(pixels, task.side) * std + mean, cut)
    predicted = flat.clone()
    task.visible(predicted)[:] = unpatch(filled, task.visible(flat), task.side)
    return [part.clamp(0, task.levels).numpy() for part in (flat, hidden, predicted)]


def draw_reconstruction(model: MaskedAutoencoder, images: np.ndarray, title: str) -> bytes:
    """A PNG with a column for each image; frames and channels that are no colours are averaged."""
    figure = Figure(figsize=(1.1 * len(images) + 0.8, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(3, len(images), squeeze=False)
    parts = reconstruct(model, images)
    # The brightest pixel of an image is white in all of its forms.
    white = [max(image.max(), 1) for image in map(_shown, parts[0])]
    for row, name, part in zip(axes, _ROWS, parts, strict=True):
        row[0].set_ylabel(name, fontsize=9, color=_INK)
        for place, image, limit in zip(row, part, white, strict=True):
            place.imshow(np.clip(_shown(image) / limit, 0, 1), cmap="gray", vmin=0, vmax=1,
                         interpolation="nearest")
            place.set_xticks([])
            place.set_yticks([])
    figure.suptitle(title, fontsize=10, color=_INK)
    file = io.BytesIO()
    # Without the version of matplotlib, so that the file depends on the figure alone.
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()


def _shown(image: np.ndarray) -> np.ndarray:
    return image.transpose(1, 2, 0) if len(image) == 3 else image.mean(0)
