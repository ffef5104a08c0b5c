"""A compiled program for its readers: as JSON, and layer by layer with its predicted cycles."""
import dataclasses
import enum
from collections.abc import Sequence

from amaranth.lib import data

from sw.contract.graph import Conv
from sw.contract.version import revision, version

from ..config import CoreConfig
from ..core.layouts import COMMAND, COMMAND_BITS, Drain, Opcode
from .cycles import Prediction
from .geometry import reach
from .memory_model import Timing
from .program import Command, Program, encode
from .tensor import SpikeTensor

__all__ = ["FILE", "SCHEMA", "Listing", "what"]

FILE = "program.json"
SCHEMA = "spikeplane-program"
SCHEMA_VERSION = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listing:
    """A program and what is predicted of it; documented in ``docs/program.md``.

    Parameters
    ----------
    network, artefact_digest
        What was compiled.
    predictions
        Of each command.
    timing
        External memory of the prediction.
    planes
        What the prediction counts of multi-plane tensors: ``"known answers"`` or ``"all"``.
    """
    network: str
    artefact_digest: str
    program: Program
    predictions: Sequence[Prediction]
    timing: Timing
    planes: str

    @property
    def cycles(self) -> int:
        """Cycles of a run, from the start pulse to the end of the last command."""
        return self.predictions[-1].begin + self.predictions[-1].cycles

    @property
    def operations(self) -> int:
        """Synaptic operations of the dense convolutions of a run."""
        return sum(map(self.operations_of, self.program.commands))

    def operations_of(self, command: Command) -> int:
        """Those of a command, all steps and images of a run; 0 if it is no convolution.

        Dense: a weight gated by a spike counts whether the spike is there or not. Padding is no
        operation, nor are channels that fill a word up.
        """
        node = next((node for node in self.program.graph if node.name == command.neurons), None)
        if not isinstance(node, Conv):
            return 0
        channels, height, width = node.in_shape
        axis = (node.kernel, node.stride, node.pad)
        rows = reach(*axis, height, command.first_pixel // node.shape[2], command.fields["rows"])
        columns = reach(*axis, width, 0, node.shape[2])
        return (node.shape[0] * channels * rows * columns * self.program.steps
                * self.program.images)

    def utilisation(self, operations: int, cycles: int) -> float:
        """Of the array: operations over those that it could do in as many cycles."""
        return operations / (cycles * self.program.config.sops)

    @property
    def psum_words(self) -> int:
        """Pixels of the largest pixel tile."""
        return max(c.fields["rows"] * c.fields["columns"] for c in self.program.commands
                   if c.neurons and c.opcode == Opcode.CONV)

    @property
    def regions(self) -> dict[str, tuple[int, int]]:
        """Byte address and bytes of each part of memory, in order."""
        program = self.program
        weights = min(c.fields["stream_address"] for c in program.commands
                      if c.opcode == Opcode.CONV)
        starts = [program.entry, weights, program.image_address, len(program.memory)]
        return {name: (starts[k], starts[k + 1] - starts[k])
                for k, name in enumerate(("commands", "weights", "images"))}

    def to_dict(self) -> dict:
        """Content of ``program.json``."""
        program = self.program
        return {
            "schema": SCHEMA, "schema_version": SCHEMA_VERSION,
            "kit": {"version": version(), "revision": revision()},
            "network": self.network, "artefact_digest": self.artefact_digest,
            "core": {"digest": program.config.digest, **program.config.to_dict()},
            "steps": program.steps, "images": program.images, "entry": program.entry,
            "memory": {name: {"address": address, "bytes": size}
                       for name, (address, size) in self.regions.items()},
            "on_chip": {"spike_words": program.spike_words, "mask_words": program.mask_words,
                        "psum_words": self.psum_words},
            "tensors": {name: _tensor(tensor) for name, tensor in program.tensors.items()},
            "prediction": {"planes": self.planes, **dataclasses.asdict(self.timing),
                           "cycles": self.cycles, "operations": self.operations},
            "commands": [self._command(k) for k in range(len(program.commands))],
        }

    def _command(self, index: int) -> dict:
        command, prediction = self.program.commands[index], self.predictions[index]
        return {
            "address": self.program.entry + index * COMMAND_BITS // 8,
            "layer": command.layer, "neurons": command.neurons, "source": command.source,
            "first_pixel": command.first_pixel,
            "fields": _fields(command, self.program.config),
            "operations": self.operations_of(command), **dataclasses.asdict(prediction),
        }


def what(command: Command) -> str:
    """The command in a word or two, e.g. ``"conv add"``."""
    match command.opcode, command.fields.get("drain"):
        case Opcode.CONV, Drain.LOGITS:
            return "logits"
        case Opcode.CONV, (Drain.ADD | Drain.IAND) as drain:
            return f"conv {drain.name.lower()}"
    return command.opcode.name.lower()


def _tensor(tensor: SpikeTensor) -> dict:
    values = {field.name: getattr(tensor, field.name) for field in dataclasses.fields(tensor)}
    return values | {"positions": tensor.positions.tolist()}


def _fields(command: Command, config: CoreConfig) -> dict:
    """Fields as memory holds them."""
    value = COMMAND.from_bits(int.from_bytes(encode(command, config), "little"))
    return {name: _plain(value[name]) for name in COMMAND.members}


def _plain(value) -> int | dict[str, int]:
    if isinstance(value, data.Const):
        return {name: value[name] for name, _ in value.shape()}
    return value.value if isinstance(value, enum.Enum) else value
