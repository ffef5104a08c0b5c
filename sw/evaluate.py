"""Accuracy of a trained network on a whole test set, at several numbers of time steps."""
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sw import data
from sw.contract.artefact import Artefact
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.golden import classify

from .model import Spikformer
from .quantize import QuantSpikformer, quantize
from .train import predictions
from .train_checkpoint import read

__all__ = ["Score", "evaluate", "load_network", "rounded"]


@dataclass(frozen=True)
class Score:
    """A network at T time steps: right answers of so many images."""
    network: str
    steps: int
    right: int
    images: int

    @property
    def accuracy(self) -> float:
        """Fraction of right answers."""
        return self.right / self.images


def load_network(directory: Path) -> tuple[Spikformer, dict]:
    """The float or quantized network that a training left, and its header; one that is pre-trained
    alone is refused."""
    kept = read(directory / "model.pt")
    kinds = {"float": Spikformer, "quantized": QuantSpikformer}
    if kept["kind"] not in kinds:
        raise SpikeplaneError(f"{directory / 'model.pt'} holds a {kept['kind']} network, which has "
                              "no classes yet; train it with `spikeplane train --start DIR`")
    model = kinds[kept["kind"]](ModelConfig.from_dict(kept["config"]))
    model.load_state_dict(kept["model"])
    return model.eval(), kept


def evaluate(model: Spikformer, test: data.Split, steps: list[int], name: str,
             ) -> Iterator[Score]:
    """Scores of a network at each number of steps; a quantized one by the golden model.

    A quantized network is computed twice, by the golden model and by torch, and must give the same
    answer to every image.

    Raises
    ------
    SpikeplaneError
        The two differ; or the network reads frames, whose number is its own.
    """
    source = model.graph[0]
    for count in steps:
        if source.frames > 1 and count != source.frames:
            raise SpikeplaneError(f"--steps {count}: the network reads {source.frames} frames, one "
                                  "for each time step")
        model.set_steps(count)
        guess = predictions(model, test.images)
        if isinstance(model, QuantSpikformer):
            golden = _golden(model, count, test.images)
            if (golden != guess).any():
                raise SpikeplaneError(
                    f"image {int((golden != guess).argmax())}: the golden model answers otherwise "
                    "than the trained network; report this as a defect of the kit")
        yield Score(name, count, int((guess == test.labels).sum()), len(test))
    model.set_steps(model.config.steps)


def _golden(model, steps, images):
    artefact = Artefact(name="evaluated", tensors=model.integers(),
                        config=dataclasses.replace(model.config, steps=steps))
    return classify(artefact, images)


def rounded(model: Spikformer, weight_bits: int) -> QuantSpikformer:
    """A float network with rounded weights of so many bits, the head's too, without training."""
    return quantize(model, weight_bits=weight_bits, head_bits=weight_bits).eval()
