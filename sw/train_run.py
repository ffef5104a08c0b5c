"""One training between its checkpoints: order, learning rate, steps of the optimizer, state."""
import math
import time

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sw.data import Split

from . import train_parallel as parallel
from .neuron import fuse
from .recipe import BaseRecipe
from .train_augment import augment

__all__ = ["SAVE_SECONDS", "Run"]

SAVE_SECONDS = 120.0
"""A checkpoint is written when an epoch ends, and whenever this time has passed."""


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


class Run:
    """A training between its checkpoints.

    ``state`` has everything but the tensors that learn: epochs finished, the order of the current
    one and the batches of it that are done, sum of their losses, seconds, history, kept epoch.

    Parameters
    ----------
    task
        What is learned. ``task.prepare(images, labels, generator)`` makes what the network reads
        of augmented images (N, C, H, W), the channels of all frames side by side, and a tuple of
        tensors (N, ...) that says what is wanted of it; ``task.loss(output, *wanted)`` is the
        loss of each image (N,), and ``task.score(model, split)`` is best when it is largest.
    """

    def __init__(self, task, model, recipe: BaseRecipe, split: Split):
        self.task, self.model, self.recipe, self.split = task, model, recipe, split
        self.device = model.mean.device
        if recipe.fused:
            fuse(self.device.type)
        self.optimizer = _optimizer(model, recipe)
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.average = recipe.average and AveragedModel(
            model, multi_avg_fn=_moving_average(recipe.average), use_buffers=True)
        self.state = {"epoch": 0, "order": None, "batch": 0, "loss": 0.0, "seconds": 0.0,
                      "history": [], "kept": {"epoch": 0, "validation": -math.inf, "model": {}}}

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
        labels = torch.from_numpy(self.split.labels[chosen.numpy()])
        # The frames of an input move together, as its channels do.
        shape = images.shape
        images = augment(images.flatten(1, -3), model.graph[0].levels, self.generator, recipe)
        inputs, wanted = self.task.prepare(images, labels, self.generator)
        mine = parallel.share(len(chosen))
        reduced = recipe.precision == "bfloat16" and not frozen
        with torch.autocast(self.device.type, torch.bfloat16, enabled=reduced):
            output = model(inputs[mine].unflatten(1, shape[1:-2]).to(self.device))
        losses = self.task.loss(output.float(), *(part[mine].to(self.device) for part in wanted))
        loss = losses.sum() / len(chosen)
        self.optimizer.zero_grad()
        loss.backward()
        parallel.sum_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        self.optimizer.step()
        if self.average:
            self.average.update_parameters(model)
        return parallel.total(loss.item(), self.device)
