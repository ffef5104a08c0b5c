"""Parameters and operations of a network, from its configuration alone."""
from dataclasses import dataclass

from sw.contract.config import ModelConfig
from sw.contract.graph import Attention, Conv, Head, Node, build_graph

__all__ = ["Counts", "count", "operations"]


@dataclass(frozen=True)
class Counts:
    """Of one network.

    Parameters
    ----------
    weights
        Of convolutions, linear layers and the head.
    parameters
        Weights, batch norm and the head's bias: what training learns here.
    published
        Parameters of the published model, whose linear layers have biases of their own that batch
        norm absorbs: ``proj``, ``fc1`` and ``fc2``, and for CIFAR ``q``, ``k`` and ``v`` too
        (``spikformer.md`` section 1.1).
    first, convolutions, linear, attention, head
        Multiply-accumulates of one image: of one step, the head's of all. Attention is counted in
        the cheaper order, ``2 N d`` per channel with N tokens and d channels a head, or ``2 N^2``.
    """
    weights: int
    parameters: int
    published: int
    first: int
    convolutions: int
    linear: int
    attention: int
    head: int

    @property
    def operations(self) -> int:
        """Multiply-accumulates of one step."""
        return self.first + self.convolutions + self.linear + self.attention + self.head


def count(config: ModelConfig) -> Counts:
    """Parameters and operations of a configuration."""
    graph = build_graph(config)
    convs = [node for node in graph if isinstance(node, Conv)]
    head = next(node for node in graph if isinstance(node, Head))
    first, *others = convs
    weights = sum(n.shape[0] * n.in_shape[0] * n.kernel ** 2 for n in convs) + head.macs
    parameters = weights + sum(2 * node.shape[0] for node in convs) + head.shape[0]
    biased = ("proj", "fc1", "fc2")
    if config.stem == "sps" and config.image[1] <= 32:
        biased += ("q", "k", "v")
    biases = sum(node.shape[0] for node in convs
                 if node.name.startswith("block.") and node.name.rsplit(".", 1)[1] in biased)
    return Counts(
        weights=weights, parameters=parameters, published=parameters + biases,
        first=first.macs, head=head.macs,
        convolutions=sum(node.macs for node in others if node.kernel > 1),
        linear=sum(node.macs for node in others if node.kernel == 1),
        attention=sum(_attention(node) for node in graph if isinstance(node, Attention)))


def operations(node: Node, steps: int) -> int:
    """Dense multiply-accumulates of a node, one image and all steps, padding included."""
    return getattr(node, "macs", 0) * (1 if isinstance(node, Head) else steps)


def _attention(node: Attention) -> int:
    channels, height, width = node.shape
    tokens = height * width
    return 2 * tokens * channels * min(tokens, channels // node.heads)
