"""Training, resumable and repeatable from its seed; and the task of classifying images."""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from sw import data
from sw.contract.errors import SpikeplaneError

from . import train_parallel as parallel
from .files import write_text
from .recipe import BaseRecipe, Recipe
from .train_augment import mix
from .train_checkpoint import make_directory, read, write
from .train_run import Run

__all__ = ["Classification", "accuracy", "fit", "pixel_statistics", "predictions"]

_CHUNK = 128
_MEASURED = 50_000


def pixel_statistics(images) -> tuple[list[float], list[float]]:
    """Mean and standard deviation per channel of raw pixels (N, ..., C, H, W), exact but for the
    last rounding; of very many images, of 50,000 to 100,000 that are evenly spaced."""
    stride = max(1, len(images) // _MEASURED)
    count, sums, squares = 0, 0, 0
    for start in range(0, len(images), _CHUNK * stride):
        pixels = images[start:start + _CHUNK * stride:stride].astype(np.int64)
        pixels = np.moveaxis(pixels, -3, 0).reshape(pixels.shape[-3], -1)
        count += pixels.shape[1]
        sums, squares = sums + pixels.sum(1), squares + (pixels ** 2).sum(1)
    # In Python's integers, which do not overflow.
    variances = [(count * square - total ** 2) / count ** 2
                 for total, square in zip(sums.tolist(), squares.tolist(), strict=True)]
    return (sums / count).tolist(), np.sqrt(variances).tolist()


def accuracy(model, split: data.Split, batch: int = 256) -> float:
    """Fraction of a split that the network classifies correctly."""
    return int((predictions(model, split.images, batch) == split.labels).sum()) / len(split)


@torch.no_grad()
def predictions(model, images: np.ndarray, batch: int = 256) -> np.ndarray:
    """Class of each image, (N,) int64, in float32 on the device of the network."""
    model.eval()
    device = next(model.buffers(), torch.empty(0)).device
    parts = [model(torch.from_numpy(images[start:start + batch]).to(device)).argmax(1)
             for start in range(0, len(images), batch)]
    return torch.cat(parts).cpu().numpy()


class Classification:
    """Images to classes: cross entropy with label smoothing, of batches that may be mixed."""

    def __init__(self, model, recipe: Recipe):
        self.classes, self.recipe = model.config.classes, recipe

    def prepare(self, images, labels, generator):
        """Mixed images (N, C, H, W), and the share of each class in them (N, classes)."""
        images, targets = mix(images, F.one_hot(labels, self.classes).float(), generator,
                              self.recipe)
        return images, (targets,)

    def loss(self, logits, targets):
        """Of each image, (N,)."""
        return F.cross_entropy(logits, targets, label_smoothing=self.recipe.smoothing,
                               reduction="none")

    def score(self, model, split: data.Split) -> float:
        """The accuracy."""
        return accuracy(model, split)


def fit(model, recipe: BaseRecipe, directory: Path, header: dict, report=print,
        data_directory: Path | None = None, task=Classification) -> dict:
    """Train a network in place and leave it with the weights of the epoch it kept.

    The kept epoch is the one with the best score on the validation split, the later one on a
    tie; the test split takes no part, and is looked at once, at the end. Training writes
    ``checkpoint.pt`` every two minutes and after each epoch, and goes on from it when it is there;
    the end result, the same as without the interruption, is ``model.pt``. ``metrics.jsonl`` has a
    line for each epoch. With several processes, the first one reports and writes.

    Parameters
    ----------
    model
        On the device where it is to be trained.
    header
        What identifies the network (kind, preset, configuration, ...), kept in both files.
    data_directory
        Where the user has the data set.
    task
        What is learned, made from network and recipe: see :class:`sw.train_run.Run`.

    Returns
    -------
    The contents of ``model.pt``.

    Raises
    ------
    SpikeplaneError
        The directory cannot be made or written, has the checkpoint of another training, or is not
        the same for all processes; or as :func:`sw.data.load`.
    """
    if not parallel.first():
        report = _silent
    make_directory(directory)
    task = task(model, recipe)
    run = Run(task, model, recipe,
              data.load(recipe.dataset, "fit", data_directory, model.graph[0]))
    validation = data.load(recipe.dataset, "validation", data_directory, model.graph[0])
    header = header | {"recipe": recipe.to_dict()}
    resume = directory / "checkpoint.pt"
    if resume.exists():
        run.load(read(resume, header))
        done = run.state["epoch"], run.state["batch"]
        report(f"going on after epoch {done[0]}{f' and {done[1]} batches' if done[1] else ''} of "
               f"{resume}")
    state = run.state
    if not parallel.same(state["epoch"] * len(run.split) + state["batch"], run.device):
        raise SpikeplaneError(f"{directory}: the processes of this training find different "
                              "checkpoints; name a directory that all of them share")
    while state["epoch"] < recipe.epochs:
        model.set_steps(recipe.steps[0] if len(recipe.steps) == 1 else model.config.steps)
        loss = run.epoch(lambda: _save(resume, header, run))
        run.judged.set_steps(model.config.steps)
        _judge(run, loss, task.score(run.judged, validation), report)
        if parallel.first():
            write_text(directory / "metrics.jsonl",
                       "".join(f"{json.dumps(line)}\n" for line in state["history"]))
        _save(resume, header, run)
    model.set_steps(model.config.steps)
    model.load_state_dict(state["kept"]["model"])
    test = task.score(model, data.load(recipe.dataset, "test", data_directory, model.graph[0]))
    report(f"kept epoch {state['kept']['epoch']}: validation {state['kept']['validation']:.2%}, "
           f"test {test:.2%}")
    result = state["kept"] | {"seconds": state["seconds"], "test": test}
    if parallel.first():
        write(directory / "model.pt", header, result)
    return header | result


def _silent(line: str) -> None:
    """The report of a process that is not the first."""


def _save(path: Path, header: dict, run: Run) -> None:
    if parallel.first():
        write(path, header, run.body())


def _judge(run: Run, loss: float, score: float, report) -> None:
    """Keep the epoch if it is the best so far; a line for the reader, one for the history."""
    state, epochs = run.state, run.recipe.epochs
    if score >= state["kept"]["validation"]:
        weights = {k: v.detach().cpu().clone() for k, v in run.judged.state_dict().items()}
        state["kept"] = {"epoch": state["epoch"], "validation": score, "model": weights}
    state["history"].append({"epoch": state["epoch"], "loss": loss, "validation": score,
                             "seconds": state["seconds"]})
    left = state["seconds"] / state["epoch"] * (epochs - state["epoch"])
    report(f"epoch {state['epoch']:3}/{epochs}  loss {loss:.4f}  validation {score:.2%}  "
           f"kept {state['kept']['validation']:.2%}  {left:4.0f} s left")
