"""Compiles an artefact for a core."""
import dataclasses

from ..config import CoreConfig
from ..core.layouts import COMMAND_BITS, Opcode
from .lowering import Lowering
from .program import Command, Program, encode

__all__ = ["compile_network"]

_ALIGN = 64


def _align(address: int) -> int:
    return -(-address // _ALIGN) * _ALIGN


def compile_network(artefact, config: CoreConfig) -> Program:
    """Program of a network: layer commands, weights and memory map.

    Raises
    ------
    SpikeplaneError
        The network does not fit the core or would not be exact on it; the message names the
        layer, the need and the limit.
    """
    lowering = Lowering(artefact, config)
    lowering.lower()
    halt = Command(layer="halt", fields={"opcode": Opcode.HALT})
    weights = _align((len(lowering.commands) + 1) * COMMAND_BITS // 8)
    image = _align(weights + len(lowering.stream.data))
    end = _align(image + lowering.stream.image_words * config.memory_bits // 8)

    commands = []
    for command in lowering.commands:
        fields = dict(command.fields)
        if command.opcode == Opcode.CONV:
            fields["stream_address"] += weights
        elif command.opcode == Opcode.LOAD:
            fields["stream_address"] = image
        commands.append(dataclasses.replace(command, fields=fields))
    memory = bytearray(end)
    code = b"".join(encode(command) for command in (*commands, halt))
    memory[:len(code)] = code
    memory[weights:weights + len(lowering.stream.data)] = lowering.stream.data
    return Program(
        config=config, graph=artefact.graph, steps=lowering.steps, chain=lowering.chain,
        commands=tuple(commands), tensors=lowering.tensors, memory=bytes(memory),
        image_address=image, spike_words=lowering.spikes.peak, mask_words=lowering.masks.peak)
