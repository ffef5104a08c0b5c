"""The training loop of float and quantized networks, resumable and repeatable from its seed."""
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sw import data

from .recipe import Recipe
from .train_augment import augment, mix
from .train_checkpoint import make_directory, read, write, write_text

__all__ = ["accuracy", "fit", "pixel_statistics"]

SAVE_SECONDS = 120.0
"""A checkpoint is written when an epoch ends, and whenever this time has passed."""


def pixel_statistics(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Mean and standard deviation per channel of raw pixels (..., C, H, W)."""
    pixels = images.astype(np.float64)
    pixels = np.moveaxis(pixels, -3, 0).reshape(pixels.shape[-3], -1)
    return pixels.mean(1).tolist(), pixels.std(1).tolist()


@torch.no_grad()
def accuracy(model, split: data.Split, batch: int = 256) -> float:
    """Fraction of a split that the network classifies correctly."""
    model.eval()
    device = next(model.buffers(), torch.empty(0)).device
    right = 0
    for start in range(0, len(split), batch):
        images = torch.from_numpy(split.images[start:start + batch]).to(device)
        guess = model(images).argmax(1).cpu().numpy()
        right += int((guess == split.labels[start:start + batch]).sum())
    return right / len(split)


def _optimizer(model, recipe):
    """AdamW that decays weights of convolutions and linear layers alone."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": recipe.weight_decay},
                              {"params": others, "weight_decay": 0.0}], lr=recipe.rate)


def _rate(recipe, epoch: float) -> float:
    """Learning rate at a fractional epoch: linear warm-up, then a cosine to 1 % of the peak."""
    if epoch < recipe.warmup:
        return recipe.rate * (epoch + 0.05) / (recipe.warmup + 0.05)
    progress = (epoch - recipe.warmup) / max(1, recipe.epochs - recipe.warmup)
    return recipe.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)


def _freeze_statistics(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()


def _moving_average(decay: float):
    """Exponential, and shorter at first, when the weights move far: after n steps the decay is at
    most (1 + n) / (10 + n)."""
    def update(averages, weights, count):
        now = min(decay, (1 + int(count)) / (10 + int(count)))
        get_ema_multi_avg_fn(now)(averages, weights, count)

    return update


class _Run:
    """A training between its checkpoints.

    ``state`` has everything but the tensors that learn: epochs finished, the order of the current
    one and the batches of it that are done, sum of their losses, seconds, history, kept epoch.
    """

    def __init__(self, model, recipe: Recipe, split: data.Split):
        self.model, self.recipe, self.split = model, recipe, split
        self.device = model.mean.device
        self.optimizer = _optimizer(model, recipe)
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.average = recipe.average and AveragedModel(
            model, multi_avg_fn=_moving_average(recipe.average), use_buffers=True)
        self.state = {"epoch": 0, "order": None, "batch": 0, "loss": 0.0, "seconds": 0.0,
                      "history": [], "kept": {"epoch": 0, "validation": -1.0, "model": {}}}

    @property
    def judged(self):
        """The network that is measured and kept."""
        return self.average.module if self.average else self.model

    def body(self) -> dict:
        """What a checkpoint holds."""
        average = {"average": self.average.state_dict()} if self.average else {}
        return self.state | average | {
            "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state()}

    def load(self, body: dict) -> None:
        """Go on from a checkpoint."""
        self.state = {name: body[name] for name in self.state}
        self.model.load_state_dict(body["model"])
        self.optimizer.load_state_dict(body["optimizer"])
        self.generator.set_state(body["generator"])
        if self.average:
            self.average.load_state_dict(body["average"])

    def epoch(self, save) -> float:
        """The rest of the current epoch, in random order; returns its mean loss."""
        recipe, state = self.recipe, self.state
        frozen = state["epoch"] >= recipe.epochs - recipe.frozen
        self.model.train()
        if frozen:
            _freeze_statistics(self.model)
        if state["order"] is None:
            state["order"] = torch.randperm(len(self.split), generator=self.generator)
        batches = state["order"].split(recipe.batch)
        start = time.monotonic()
        while state["batch"] < len(batches):
            position = state["epoch"] + state["batch"] / len(batches)
            chosen = batches[state["batch"]]
            state["loss"] += self.step(chosen, _rate(recipe, position), frozen) * len(chosen)
            state["batch"] += 1
            now = time.monotonic()
            if now - start > SAVE_SECONDS and state["batch"] < len(batches):
                state["seconds"] += now - start
                start = now
                save()
        state["seconds"] += time.monotonic() - start
        loss = state["loss"] / len(self.split)
        state |= {"epoch": state["epoch"] + 1, "order": None, "batch": 0, "loss": 0.0}
        return loss

    def step(self, chosen, rate: float, frozen: bool) -> float:
        """One step of the optimizer; returns the mean loss of the batch."""
        recipe, model = self.recipe, self.model
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if len(recipe.steps) > 1:
            drawn = torch.randint(0, len(recipe.steps), (), generator=self.generator)
            model.set_steps(recipe.steps[drawn])
        images = torch.from_numpy(self.split.images[chosen.numpy()]).float()
        # The frames of an input move together, as its channels do.
        shape = images.shape
        images = augment(images.reshape(len(images), -1, *shape[-2:]), model.graph[0].levels,
                         self.generator, recipe)
        targets = F.one_hot(torch.from_numpy(self.split.labels[chosen.numpy()]),
                            model.config.classes).float()
        images, targets = mix(images, targets, self.generator, recipe)
        reduced = recipe.precision == "bfloat16" and not frozen
        with torch.autocast(self.device.type, torch.bfloat16, enabled=reduced):
            logits = model(images.reshape(shape).to(self.device))
        loss = F.cross_entropy(logits.float(), targets.to(self.device),
                               label_smoothing=recipe.smoothing)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        self.optimizer.step()
        if self.average:
            self.average.update_parameters(model)
        return loss.item()


def fit(model, recipe: Recipe, directory: Path, header: dict, report=print,
        data_directory: Path | None = None) -> dict:
    """Train a network in place and leave it with the weights of the epoch it kept.

    The kept epoch is the one with the best accuracy on the validation split, the later one on a
    tie; the test split takes no part, and is looked at once, at the end. Training writes
    ``checkpoint.pt`` every two minutes and after each epoch, and goes on from it when it is there;
    the end result, the same as without the interruption, is ``model.pt``. ``metrics.jsonl`` has a
    line for each epoch.

    Parameters
    ----------
    model
        On the device where it is to be trained.
    header
        What identifies the network (kind, preset, configuration, ...), kept in both files.
    data_directory
        Where the user has the data set.

    Returns
    -------
    The contents of ``model.pt``.
    """
    make_directory(directory)
    run = _Run(model, recipe, data.load(recipe.dataset, "fit", data_directory, model.graph[0]))
    validation = data.load(recipe.dataset, "validation", data_directory, model.graph[0])
    header = header | {"recipe": recipe.to_dict()}
    resume = directory / "checkpoint.pt"
    if resume.exists():
        run.load(read(resume, header))
        done = run.state["epoch"], run.state["batch"]
        report(f"going on after epoch {done[0]}{f' and {done[1]} batches' if done[1] else ''} of "
               f"{resume}")
    state = run.state
    while state["epoch"] < recipe.epochs:
        model.set_steps(recipe.steps[0] if len(recipe.steps) == 1 else model.config.steps)
        loss = run.epoch(lambda: write(resume, header, run.body()))
        run.judged.set_steps(model.config.steps)
        _judge(run, loss, accuracy(run.judged, validation), report)
        write_text(directory / "metrics.jsonl",
                   "".join(f"{json.dumps(line)}\n" for line in state["history"]))
        write(resume, header, run.body())
    model.set_steps(model.config.steps)
    model.load_state_dict(state["kept"]["model"])
    test = accuracy(model, data.load(recipe.dataset, "test", data_directory, model.graph[0]))
    report(f"kept epoch {state['kept']['epoch']}: validation {state['kept']['validation']:.2%}, "
           f"test {test:.2%}")
    result = state["kept"] | {"seconds": state["seconds"], "test": test}
    write(directory / "model.pt", header, result)
    return header | result


def _judge(run: _Run, loss: float, score: float, report) -> None:
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
