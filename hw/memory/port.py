"""The interface of every memory backend."""
from amaranth import *
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out, Signature

from ..config import CoreConfig
from ..core.layouts import REQUEST, word_stream

__all__ = ["memory_signature", "write_layout"]


def write_layout(config: CoreConfig) -> data.StructLayout:
    """One memory word and its byte address, a multiple of the word's size."""
    return data.StructLayout({"address": 32, "data": config.memory_bits})


def memory_signature(config: CoreConfig) -> Signature:
    """Reads and writes of memory words, as seen by who asks; a backend has it as :py:`In`.

    A request names the byte address of a memory word and the number of words, at least one; the
    words of the requests arrive in order. A read requested in a later cycle than a write was
    accepted sees it; one under way at that time may read anything. So does an address beyond the
    memory, but it is answered.

    Members
    -------
    request : :py:`Out(stream.Signature(REQUEST))`
    response : :py:`In(word_stream(config))`
    write : :py:`Out(stream.Signature(write_layout(config)))`
    """
    return Signature({
        "request": Out(stream.Signature(REQUEST)),
        "response": In(word_stream(config)),
        "write": Out(stream.Signature(write_layout(config))),
    })
