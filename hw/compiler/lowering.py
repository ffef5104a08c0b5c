"""Turns each node of the graph into layer commands."""
import numpy as np

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Attention, Conv, Frames, Head, Image, Node, Pool, Residual

from ..config import CoreConfig
from ..core.layouts import MASK_PLANES, Drain, Opcode, address_bits
from .allocation import Allocator
from .geometry import bands, trim
from .program import Command
from .tensor import SpikeTensor, head_positions
from .weights import WeightStream, pass_arrays

__all__ = ["Lowering"]


class Lowering:
    """Walks the graph once; collects commands, tensors and the weight stream."""

    def __init__(self, artefact, config: CoreConfig):
        self.artefact, self.config = artefact, config
        self.graph = artefact.graph
        self.steps = artefact.config.steps
        self.chain = max((self.steps - 1).bit_length(), config.chains[0])
        if self.steps > config.lanes:
            raise SpikeplaneError(
                f"the network has {self.steps} time steps, the core {config.lanes} lanes; use a "
                f"core with at least {1 << (self.steps - 1).bit_length()} lanes")
        self.commands: list[Command] = []
        self.tensors: dict[str, SpikeTensor] = {}
        self.stream = WeightStream(config)
        self.spikes = Allocator("spike memory", "spike_words", config.spike_words)
        self.masks = Allocator("mask memory", "mask_words", config.mask_words)
        self.readers = {node.name: [r for r in self.graph if node.name in r.inputs]
                        for node in self.graph}
        self.order = {node.name: k for k, node in enumerate(self.graph)}

    def lower(self) -> None:
        """Lower every node in order."""
        for node in self.graph:
            match node:
                case Image():
                    self.image(node)
                case Conv():
                    self.conv(node)
                case Pool():
                    self.pool(node)
                case Residual():
                    self.fused(node)
                case Attention():
                    self.attention(node)
                case Head():
                    self.head(node)

    # -- tensors ---------------------------------------------------------------------------------

    def fuses(self, node: Node) -> Residual | None:
        """The residual node that a convolution's spikes flow into, and nothing else."""
        readers = self.readers[node.name]
        if (len(readers) == 1 and isinstance(readers[0], Residual)
                and readers[0].inputs[1] == node.name):
            return readers[0]
        return None

    def fused(self, node: Residual) -> None:
        """A residual was computed with its convolution; any other is not supported."""
        if node.name not in self.tensors:
            raise SpikeplaneError(f"layer {node.name}: its spikes must come from a convolution "
                                  "that nothing else reads")

    def tensor(self, node: Node, now: Node, *, words=None, positions=None, shape=None,
               masked=None) -> SpikeTensor:
        """Allocate the output of ``node``, produced when ``now`` runs."""
        channels, height, width = shape or node.shape
        planes = node.bits
        self.fits(node, "an activation", planes, "planes", MASK_PLANES)
        if positions is None:
            positions = np.arange(channels)
        if masked is None:
            masked = planes > 1
        tensor = SpikeTensor(
            name=node.name, height=height, width=width, planes=planes,
            words=words or planes, positions=positions, masked=masked,
            groups=int(positions.max()) // self.config.word_channels + 1)
        readers = self.readers[node.name]
        step = self.order[now.name]
        # A fused residual is read when its convolution runs, just before the residual node itself.
        last = max([step, *(self.order[reader.name] for reader in readers)])
        tensor.base = self.spikes.place(node.name, tensor.size, step, last)
        if masked:
            tensor.mask = self.masks.place(node.name, tensor.mask_size, step, last)
        self.tensors[tensor.name] = tensor
        return tensor

    def emit(self, layer: Node, opcode: Opcode, *, neurons=None, source=None, first_pixel=0,
             **fields) -> None:
        common = {"opcode": opcode, "chain": self.chain, "lane_mask": self.lane_mask}
        if source is not None:
            common["source"] = source.base
        self.commands.append(Command(
            layer=layer.name, neurons=neurons and neurons.name, source=source and source.name,
            first_pixel=first_pixel, fields=common | fields))

    @property
    def lane_mask(self) -> int:
        """Lanes that carry a step: T of each group of ``2**chain``."""
        return sum(1 << lane for lane in range(self.config.lanes)
                   if lane % (1 << self.chain) < self.steps)

    # -- nodes -----------------------------------------------------------------------------------

    def image(self, node: Image) -> None:
        conv = self.readers[node.name][0]
        if len(self.readers[node.name]) != 1 or not isinstance(conv, Conv):
            raise SpikeplaneError(f"layer {node.name}: the image must feed one convolution")
        channels = node.shape[0] * conv.kernel ** 2
        # The planes of an image share the lanes of its steps; a frame has the lane of its step.
        static = not isinstance(node, Frames)
        words = -(-node.bits // (1 << self.chain)) if static else node.bits
        shape = (channels, *conv.shape[1:])
        tensor = self.tensor(node, node, words=words, shape=shape, masked=True)
        size = self.stream.reserve_image(tensor)
        self.emit(node, Opcode.LOAD, dest=tensor.base, dest_mask=tensor.mask, mask_out=1,
                  image=static, source_words=words, pixels=tensor.groups * tensor.pixels,
                  stream_words=size)

    def conv(self, node: Conv) -> None:
        self.fits(node, "its fraction", node.fraction_bits, "fraction_bits",
                  self.config.fraction_bits)
        source = self.tensors[node.inputs[0]]
        residual = self.fuses(node)
        out = residual or node
        layout = {}
        if any(isinstance(reader, Attention) for reader in self.readers[node.name]):
            heads = next(r for r in self.readers[node.name] if isinstance(r, Attention)).heads
            layout["positions"] = head_positions(self.config, node.shape[0], heads)[0]
        dest = self.tensor(out, node, **layout)
        fields = {"fraction": node.fraction_bits, "drain": Drain.SPIKES}
        if residual:
            stream = self.tensors[residual.inputs[0]]
            fields |= {"drain": Drain.ADD if residual.form == "add" else Drain.IAND,
                       "residual": stream.base, "residual_words": stream.words}
        self.product(node, out, source, dest, fields)

    def product(self, node, out, source, dest, fields) -> None:
        """CONV commands of a convolution, one for each band of output rows."""
        config = self.config
        folded = source.name == "image"
        kernel, stride, pad = (1, 1, 0) if folded else (node.kernel, node.stride, node.pad)
        image = folded and not isinstance(self.graph[0], Frames)
        rows, columns = dest.height, dest.width
        weight = pass_arrays(self.artefact, node, source, dest, config)
        tap_x = trim(kernel, stride, pad, source.width, 0, columns)
        for first, count in bands(node.name, rows, columns, config):
            tap_y = trim(kernel, stride, pad, source.height, first, count)
            skipped = first * columns
            region = self.stream.add(node.name, weight, tap_y.taps, tap_x.taps)
            fields |= {
                "source_words": source.words, "planes": source.planes,
                "masked": source.masked, "source_mask": source.mask or 0, "image": image,
                "start": tap_y.start * source.width + tap_x.start,
                "group_step": source.pixels, "row_step": stride * source.width,
                "width": source.width, "column_step": stride,
                "rows": count, "columns": columns,
                "taps_y": len(tap_y.taps) - 1, "taps_x": len(tap_x.taps) - 1,
                "pads": {"top": tap_y.before, "bottom": tap_y.after,
                         "left": tap_x.before, "right": tap_x.after},
                "groups": source.groups, "passes": len(weight.bias),
                "dest": dest.base + skipped * dest.words, "dest_words": dest.words,
                "mask_out": dest.masked, "dest_mask": (dest.mask or 0) + skipped,
                "stream_address": region.address, "stream_words": region.words,
            }
            band = dict(fields)
            if "residual" in fields:
                band["residual"] += skipped * fields["residual_words"]
            self.emit(out, Opcode.CONV, neurons=node, source=source, first_pixel=skipped, **band)

    def pool(self, node: Pool) -> None:
        if not self.config.pool:
            raise SpikeplaneError(f"layer {node.name}: the core has no pooling unit; set pool to "
                                  "true")
        source = self.tensors[node.inputs[0]]
        dest = self.tensor(node, node)
        self.emit(node, Opcode.POOL, source=source, start=-source.width - 1,
                  group_step=source.pixels, row_step=2 * source.width, width=source.width,
                  column_step=2, rows=dest.height, columns=dest.width, taps_y=2, taps_x=2,
                  pads={"top": 1, "bottom": source.height % 2, "left": 1,
                        "right": source.width % 2},
                  groups=source.groups, dest=dest.base, dest_words=1)

    def attention(self, node: Attention) -> None:
        config = self.config
        q, k, v = (self.tensors[name] for name in node.inputs)
        positions, words, segment = head_positions(config, node.shape[0], node.heads)
        if words > config.head_words:
            raise SpikeplaneError(
                f"layer {node.name}: a head of {node.shape[0] // node.heads} channels needs "
                f"{words} words, the core holds {config.head_words}; raise head_words, or use more "
                "heads or wider words")
        high = self.artefact.bounds[node.name].accumulator[1]
        self.fits(node, "an attention sum", high.bit_length(), "count_bits", config.count_bits)
        if node.threshold >= 1 << (config.param_bits - 1):
            raise SpikeplaneError(
                f"layer {node.name}: threshold {node.threshold} exceeds the core's "
                f"{config.param_bits}-bit neurons; raise accumulator_bits")
        dest = self.tensor(node, node, positions=positions)
        self.emit(node, Opcode.ATTEND, neurons=node, source=q, key=k.base, value=v.base,
                  groups=dest.groups, pixels=dest.pixels, head_words=words, segment=segment,
                  threshold=node.threshold, dest=dest.base, dest_words=1, drain=Drain.SPIKES)

    def head(self, node: Head) -> None:
        """The head's product, summed over tokens; a pass computes consecutive labels."""
        config = self.config
        source = self.tensors[node.inputs[0]]
        labels = SpikeTensor(
            name=node.name, height=1, width=1, planes=1, words=1,
            positions=np.arange(node.shape[0]),
            groups=-(-node.shape[0] // config.word_channels))
        self.fits(node, "a label", (node.shape[0] - 1).bit_length(), "spike_words",
                  address_bits(config))
        weight = pass_arrays(self.artefact, node, source, labels, config)
        region = self.stream.add(node.name, weight, (0,), (0,))
        self.emit(node, Opcode.CONV, drain=Drain.LOGITS, source=source,
                  source_words=source.words, planes=source.planes, masked=source.masked,
                  source_mask=source.mask or 0, start=0, group_step=source.pixels,
                  row_step=source.width, width=source.width, column_step=1,
                  rows=source.height, columns=source.width, taps_y=0, taps_x=0,
                  groups=source.groups, passes=len(weight.bias),
                  stream_address=region.address, stream_words=region.words)

    def fits(self, node, what, need, field, limit) -> None:
        """Refuse a layer whose exact numbers exceed the core's."""
        if need > limit:
            raise SpikeplaneError(f"layer {node.name}: {what} needs {need} bits, the core has "
                                  f"{limit}; raise {field}")
