"""A network on a board command by command: what each leaves in spike memory, as layers."""
import dataclasses
from collections.abc import Callable

import numpy as np

from hw.compiler import Command, Program
from hw.compiler.host_memory import scratch_address
from hw.compiler.packing import pass_size
from hw.compiler.program import encode
from hw.compiler.taps import logits, tensor_values
from hw.core.layouts import Drain, Opcode
from sw.contract.graph import Frames, Image, Residual

from .network import BoardNetwork

__all__ = ["expected_layers", "replay"]


def replay(network: BoardNetwork, images: np.ndarray,
           progress: Callable[[int], None] | None = None) -> dict[str, np.ndarray]:
    """Run every command alone, in order, and read back what it wrote.

    A board has no taps: a layer is what memory holds. Spikes that were added to a residual stream
    are recovered as the difference; those that IAND hid in it cannot be and are left out.

    Parameters
    ----------
    images
        (n, C, H, W) uint8, up to those of one run.
    progress
        Called with the commands done.

    Returns
    -------
    dict
        Layer name to values (n, T, C, H, W); ``"image"``, as the core holds it, (n, 1, C, H, W);
        ``"head"``: logits (n, classes).
    """
    program = network.program
    layers: dict[str, np.ndarray] = {}
    for k, command in enumerate(program.commands):
        run = network.execute(images, *_alone(program, command))
        if command.fields.get("drain") == Drain.LOGITS:
            layers[command.layer] = logits(program, run.results, len(images))
        elif command.layer not in {later.layer for later in program.commands[k + 1:]}:
            _store(network, command, layers, len(images))
        if progress:
            progress(k + 1)
    return layers


def expected_layers(program: Program, golden: dict[str, np.ndarray], images: np.ndarray,
                    ) -> dict[str, np.ndarray]:
    """The same from the golden model's outputs, in the order of execution."""
    layers = {}
    hidden = {node.inputs[1] for node in program.graph
              if isinstance(node, Residual) and node.form != "add"}
    for node in program.graph:
        if isinstance(node, Image):
            tensor, patches = program.tensors[node.name], program.patches(images)
            layers[node.name] = patches.transpose(0, 1, 3, 2).reshape(
                *patches.shape[:2], -1, tensor.height, tensor.width)
        elif node.name not in hidden:
            layers[node.name] = golden[node.name]
    return layers


def _alone(program: Program, command: Command) -> tuple[int, tuple[tuple[int, bytes], ...]]:
    """(entry, contents) of a program that executes one command."""
    fields = dict(command.fields)
    if command.opcode == Opcode.CONV:
        # Within the network, its weights may come with those of a command before it.
        tiles = (fields["taps_y"] + 1) * (fields["taps_x"] + 1) * fields["groups"]
        fields["stream_words"] = fields["passes"] * pass_size(program.config, tiles)
    halt = Command(layer="halt", fields={"opcode": Opcode.HALT})
    code = b"".join(encode(one, program.config)
                    for one in (dataclasses.replace(command, fields=fields), halt))
    address = scratch_address(program)
    return address, ((address, code),)


def _store(network: BoardNetwork, command: Command, layers: dict, images: int) -> None:
    """Read back the tensor that a command completed."""
    program = network.program
    tensor = program.tensors[command.layer]
    words = network.board.read_spikes(tensor.base, tensor.size)
    bits = np.unpackbits(words, axis=1, bitorder="little")[:, :program.config.word_bits]
    if command.opcode == Opcode.LOAD and not isinstance(program.graph[0], Frames):
        layers[command.layer] = _image_values(program, tensor, bits)[:images]
        return
    if command.fields.get("drain") == Drain.ADD:
        residual = next(node for node in program.graph if node.name == command.layer)
        sums = tensor_values(program, tensor, bits, images).astype(np.int16)
        layers[command.neurons] = sums - layers[residual.inputs[0]]
    layers[command.layer] = tensor_values(program, tensor, bits, images)


def _image_values(program: Program, tensor, bits: np.ndarray) -> np.ndarray:
    """Words of the image, whose planes share the lanes, to values (images, 1, C, H, W)."""
    config, slots = program.config, 1 << program.chain
    bits = bits.reshape(tensor.groups, tensor.pixels, tensor.words, config.subs, program.images,
                        slots, config.pass_channels)
    weight = 1 << np.arange(tensor.words * slots).reshape(tensor.words, slots)
    values = np.einsum("gpjsnlo,jl->ngsop", bits, weight)
    values = values.reshape(program.images, -1, tensor.pixels)[:, tensor.positions]
    return values.reshape(program.images, 1, -1, tensor.height, tensor.width)
