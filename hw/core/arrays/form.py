"""What every form of the array has in common: its ports and its latency."""
from amaranth.hdl import signed
from amaranth.lib.wiring import In, Out

from ...config import CoreConfig
from ..layouts import dot_bits

__all__ = ["LATENCY", "form_members"]

LATENCY = 3
"""Cycles from words and weights to dot products, of every form."""


def form_members(config: CoreConfig) -> dict:
    """Ports of a form.

    ``words`` are the lanes of a spike word; ``weights[o][b]`` is bit-plane b of the weights of
    output o; ``dots[l][o]`` their dot products, of the words and weights of one cycle.
    """
    return {
        "words": In(config.word_channels).array(config.lanes),
        "weights": In(config.word_channels).array(config.pass_channels, config.weight_bits),
        "dots": Out(signed(dot_bits(config))).array(config.lanes, config.pass_channels),
    }
