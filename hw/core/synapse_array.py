"""Dot products of spike words and a stationary tile of weights."""
from itertools import pairwise

from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from . import arrays
from .arrays import form
from .layouts import dot_bits, step_layout

__all__ = ["SynapseArray"]


class SynapseArray(wiring.Component):
    """Computes ``dots[l][o] = sum over c of words[l][c] * weight[o][c]``, exactly.

    ::

        words --> z --+
                      +--> form of the dot products --> dots
        tile ---> z --+    popcount | adders | carry
                  ^ swap

    Timing: latency :py:`LATENCY` cycles from ``words`` to ``dots``, whatever the form; one word
    per cycle, never stalls. With ``step.swap`` the tile takes over for the word presented in the
    same cycle.
    Cost: registers of a tile and a word, and the form's, see ``hw/core/arrays``.

    Parameters
    ----------
    array
        Form of the dot products, a key of :data:`.ARRAYS`.

    Members
    -------
    step : :py:`In(step_layout(config))`
        Describes ``words``; ``step.swap`` loads ``tile``.
    words : :py:`In(word_channels).array(lanes)`
        One spike word.
    tile : :py:`In(tile_bits)`
        Plane b of output o is at bit ``(o * weight_bits + b) * word_channels``.
    dots : :py:`Out(signed).array(lanes, pass_channels)`
        Dot products.
    dots_step, dots_ahead : :py:`Out(step_layout(config))`
        The step of ``dots``, and of those of the next cycle.
    """

    LATENCY = 1 + form.LATENCY

    def __init__(self, config: CoreConfig, array: str = "popcount"):
        self.config = config
        self.form = arrays.find(array)
        super().__init__({
            "words": In(config.word_channels).array(config.lanes),
            "step": In(step_layout(config)),
            "tile": In(config.tile_bits),
            "dots": Out(signed(dot_bits(config))).array(config.lanes, config.pass_channels),
            "dots_step": Out(step_layout(config)), "dots_ahead": Out(step_layout(config)),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.dots = dots = self.form(config)
        steps = [self.step, *(Signal(step_layout(config), name=f"step_{k}")
                              for k in range(1, self.LATENCY)), self.dots_step]
        m.d.sync += [after.eq(before) for before, after in pairwise(steps)]
        m.d.comb += self.dots_ahead.eq(steps[-2])

        for lane in range(config.lanes):
            word = Signal(config.word_channels, name=f"word_{lane}", reset_less=True)
            m.d.sync += word.eq(self.words[lane])
            m.d.comb += dots.words[lane].eq(word)
        for o in range(config.pass_channels):
            for b in range(config.weight_bits):
                plane = Signal(config.word_channels, name=f"weights_{o}_{b}", reset_less=True)
                with m.If(self.step.swap):
                    m.d.sync += plane.eq(self.tile.word_select(o * config.weight_bits + b,
                                                               config.word_channels))
                m.d.comb += dots.weights[o][b].eq(plane)
            for lane in range(config.lanes):
                m.d.comb += self.dots[lane][o].eq(dots.dots[lane][o])
        return m
