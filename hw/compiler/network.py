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

    commands = place_streams(lowering.commands, weights, image, config)
    memory = bytearray(end)
    code = b"".join(encode(command, config) for command in (*commands, halt))
    memory[:len(code)] = code
    memory[weights:weights + len(lowering.stream.data)] = lowering.stream.data
    return Program(
        config=config, graph=artefact.graph, steps=lowering.steps, chain=lowering.chain,
        commands=tuple(commands), tensors=lowering.tensors, memory=bytes(memory),
        image_address=image, spike_words=lowering.spikes.peak, mask_words=lowering.masks.peak)


def place_streams(commands: list[Command], weights: int, image: int,
                  config: CoreConfig) -> list[Command]:
    """Give stream regions their addresses; weights that follow each other become one region, that
    of the first command, so that they are read ahead of the commands that use them."""
    placed: list[Command] = []
    first, end = None, None   # fields that hold the open region, and where it ends
    for command in commands:
        fields = dict(command.fields)
        if command.opcode == Opcode.LOAD:
            fields["stream_address"], first = image, None
        elif command.opcode == Opcode.CONV:
            fields["stream_address"] += weights
            address, words = fields["stream_address"], fields["stream_words"]
            if first is not None and address == end:
                first["stream_words"] += words
                fields["stream_words"] = 0
            else:
                first = fields
            end = address + words * config.memory_bits // 8
        placed.append(dataclasses.replace(command, fields=fields))
    return placed
