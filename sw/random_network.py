"""Networks with random weights whose every layer is alive, for any configuration; no training.

Weights are drawn over their whole range. Bias and threshold of each channel are then set, layer by
layer, so that the golden model fires at a drawn rate on random images: a dead or saturated layer
would make a comparison of spikes prove little.
"""
import numpy as np

from sw.contract.artefact import Artefact
from sw.contract.bounds import layer_bounds
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Attention, Conv, Head, Node, Pool, Residual, build_graph
from sw.contract.tensors import weight_specs
from sw.golden.attention import attend
from sw.golden.conv import convolve
from sw.golden.network import evaluate, with_vectors
from sw.golden.neuron import drive, fire

__all__ = ["LIVELY", "firing_rate", "random_artefact", "random_images"]

LIVELY = (0.05, 0.5)
"""Firing rates that every layer of a random network keeps within, on its own images."""

_ATTEMPTS = 12
_RETRIES = 16
_SAMPLES = 64


def firing_rate(output: np.ndarray, levels: int) -> float:
    """Mean output over its largest value; of a sum of spikes, the mean rate of those spikes."""
    return float(output.mean()) / levels


def random_images(rng: np.random.Generator, config: ModelConfig, count: int) -> np.ndarray:
    """Noise with a black and a white rectangle each, (count, C, H, W) uint8, or frames
    (count, T, C, H, W)."""
    height, width = config.image[1:]
    shape = build_graph(config)[0].input_shape
    top = (1 << config.image_bits) - 1
    images = rng.integers(top + 1, size=(count, *shape), dtype=np.uint8)
    for image in images.reshape(-1, *config.image):
        for value in (0, top):
            y, x = rng.integers(height), rng.integers(width)
            image[:, y:y + height // 3, x:x + width // 3] = value
    return images


def random_artefact(config: ModelConfig, seed: int, images: int = 2,
                    name: str | None = None) -> Artefact:
    """A network that fires at 5 to 50 % in every layer, with ``images`` known answers.

    Raises
    ------
    SpikeplaneError
        The configuration allows no such network: a layer is not exact, or attention cannot fire.
    """
    for attempt in range(_RETRIES):
        rng = np.random.default_rng([seed, attempt])
        # A rate needs enough neurons to show; the smallest map is that of the tokens.
        _, height, width = build_graph(config)[-1].in_shape
        count = max(images, -(-_SAMPLES // (height * width * config.steps)))
        pixels = random_images(rng, config, count)
        artefact = Artefact(name=name or f"random-{seed}", config=config,
                            tensors=_Calibration(config, rng, pixels).tensors,
                            preprocessing={"images": "random"}, training={"seed": seed})
        artefact = with_vectors(artefact, pixels[:images])
        dead = [problem for node in artefact.graph[1:-1]
                if (problem := _not_lively(node, artefact.vectors[node.name]))]
        if not dead:
            return artefact
    raise SpikeplaneError(dead[0])


class _Calibration:
    """Draws the tensors of a network, layer after layer, from what the earlier layers put out."""

    def __init__(self, config, rng, pixels):
        self.config, self.rng = config, rng
        self.graph = build_graph(config)
        self.tensors = {name: self._draw(name, spec)
                        for name, spec in weight_specs(self.graph).items()}
        for node in self.graph:
            layer_bounds(node, self.tensors, config.steps)  # refuse before the work, not after
        self.outputs = {"image": pixels.reshape(len(pixels), self.graph[0].frames, *config.image)}
        self.readers = {node.name: [n for n in self.graph if node.name in n.inputs]
                        for node in self.graph}
        for node in self.graph[1:]:
            if isinstance(node, Conv) and not self._feeds(node, Attention):
                self._fit(node, self._target(node))
            elif isinstance(node, Attention):
                self._fit_attention(node)
            elif not isinstance(node, (Conv, Head)):
                self._evaluate(node)

    def _draw(self, name, spec):
        if not name.endswith(".weight"):
            return np.zeros(spec.shape, spec.dtype)
        weight = self.rng.integers(spec.low, spec.high + 1, spec.shape, dtype=spec.dtype)
        heavy = self.rng.random(len(weight)) < 1 / 8
        weight[heavy] = np.minimum(weight[heavy], ~weight[heavy]).clip(spec.low)
        # The corners of the accumulator: a channel of least and one of greatest weights.
        low, high = self.rng.permutation(max(len(weight), 2))[:2] % len(weight)
        weight[low], weight[high] = spec.low, spec.high
        return weight

    def _feeds(self, node, kind):
        return any(isinstance(reader, kind) for reader in self.readers[node.name])

    def _target(self, node):
        """Mean rate to aim at, such that the nodes behind stay lively too."""
        if self._feeds(node, Pool):
            return 0.065  # the OR of nine
        if self.config.residual == "iand" and self._feeds(node, Residual):
            # Each x & ~y thins the stream out.
            subtracts = any(reader.inputs[1] == node.name for reader in self.readers[node.name]
                            if isinstance(reader, Residual))
            return 0.12 if subtracts else 0.42
        return self.rng.uniform(0.12, 0.3)

    def _evaluate(self, node):
        inputs = [self.outputs[name] for name in node.inputs]
        self.outputs[node.name] = evaluate(node, inputs, self.tensors, steps=self.config.steps)

    def _fit(self, node, rate):
        """Set bias and threshold of each channel for a mean firing rate near ``rate``."""
        source = self.graph[0]
        acc = convolve(self.outputs[node.inputs[0]], self.tensors[f"{node.name}.weight"],
                       stride=node.stride, pad=node.pad,
                       pad_value=source.pad_value if source.name in node.inputs else None)
        x = drive(acc, np.zeros(len(acc[0, 0]), np.int32), node.fraction_bits).astype(np.int64)
        x = np.broadcast_to(x, (len(x), self.config.steps, *x.shape[2:]))
        spread = self.rng.uniform(0, 2, x.shape[2])
        threshold = self._thresholds(x)
        aim = rate
        for _ in range(_ATTEMPTS):
            bias = _bias_for(x, threshold, np.minimum(aim * spread, 0.95))
            spikes = fire(x + bias[:, None, None], threshold)
            reached = spikes.mean()
            if abs(reached - rate) <= 0.1 * rate:
                break
            aim *= np.clip(rate / max(reached, 1e-3), 0.5, 2)
        self.tensors[f"{node.name}.bias"] = bias.astype(np.int32)
        self.tensors[f"{node.name}.threshold"] = threshold.astype(np.int32)
        self.outputs[node.name] = spikes

    def _thresholds(self, x):
        """Positive in most channels, as batch norm makes them; zero or negative in a few."""
        scale = np.maximum(x.std(axis=(0, 1, 3, 4)), 1)
        threshold = np.maximum(np.rint(scale * self.rng.uniform(0.2, 1.5, len(scale))), 1)
        below = self.rng.random(len(scale)) < 1 / 16
        return np.where(below, -np.rint(scale / 3), threshold).astype(np.int64)

    def _fit_attention(self, node):
        """Fire queries, keys and values as often as the fixed threshold of attention asks."""
        channels, height, width = node.shape
        products = height * width * channels // node.heads
        rate = np.clip((1.2 * node.threshold / products) ** (1 / 3), 0.08, 0.45)
        convs = [n for n in self.graph if n.name in node.inputs]
        for _ in range(_ATTEMPTS):
            for conv in convs:
                self._fit(conv, rate)
            self._evaluate(node)
            reached = self.outputs[node.name].mean()
            if 0.08 <= reached <= 0.4:
                return
            rate = np.clip(rate * np.clip(0.2 / max(reached, 1e-3), 0.6, 1.5) ** 0.5, 0.06, 0.48)
        if not LIVELY[0] <= reached <= LIVELY[1]:
            product = attend(*(self.outputs[name] for name in node.inputs), node.heads)
            raise SpikeplaneError(
                f"layer {node.name}: fires at {reached:.1%} whatever its queries, keys and values "
                f"do; set attention_threshold near {max(1, int(np.quantile(product, 0.7)))}")


def _bias_for(x, threshold, rates):
    """Largest bias per channel that fires at most at ``rates``, by bisection."""
    reach = np.abs(x).max(axis=(0, 1, 3, 4)) + 2 * np.abs(threshold) + 2
    low, high = -reach, reach
    for _ in range(int(reach.max()).bit_length() + 1):
        middle = (low + high) >> 1
        fired = fire(x + middle[:, None, None], threshold).mean(axis=(0, 1, 3, 4))
        low = np.where(fired <= rates, middle, low)
        high = np.where(fired <= rates, high, middle)
    return low


def _not_lively(node: Node, output):
    rate = firing_rate(output, node.levels)
    if LIVELY[0] <= rate <= LIVELY[1]:
        return None
    return (f"layer {node.name}: fires at {rate:.1%}, a random network needs {LIVELY[0]:.0%} to "
            f"{LIVELY[1]:.0%}; try another seed or more images")
