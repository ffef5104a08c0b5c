"""Attention and its accumulator banks."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import CoreConfig
from .attention import Attention
from .layouts import command_layout, info_layout, read_port
from .pair_counter import QUAD
from .token_counts import TokenCounts

__all__ = ["Tokens"]


class Tokens(wiring.Component):
    """The unit that works across tokens: (Q K^T) V.

    Timing: see :class:`.Attention`; sums leave one cycle later.
    Cost: its, and ``queries`` banks of accumulators.

    Members
    -------
    command : :py:`In(command_layout(config))`
    start : :py:`In(1)`
    read : :py:`Out(read_port())`
    word : :py:`In(word_channels).array(lanes)`
    drain : :py:`Out(1)`
        ``sums`` and ``info`` are present: to the neurons.
    sums : :py:`Out(count_bits).array(lanes, pass_channels)`
    info : :py:`Out(info_layout(config))`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(command_layout(config)), "start": In(1),
            "read": Out(read_port(config)), "word": In(config.word_channels).array(config.lanes),
            "drain": Out(1), "info": Out(info_layout(config)),
            "sums": Out(config.count_bits).array(config.lanes, config.pass_channels),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.attention = attention = Attention(config)
        banks = [TokenCounts(config) for _ in range(config.queries)]
        lanes, quads = range(config.lanes), range(config.word_channels // QUAD)
        connect(m, attention.read, flipped(self.read))
        m.d.comb += [
            attention.command.eq(self.command), attention.start.eq(self.start),
            *(attention.word[lane].eq(self.word[lane]) for lane in lanes),
        ]
        m.d.sync += [self.drain.eq(attention.drain), self.info.eq(attention.info)]
        for r, bank in enumerate(banks):
            m.submodules[f"bank{r}"] = bank
            m.d.comb += [
                bank.clear.eq(attention.clear), bank.add.eq(attention.add[r]),
                *(bank.words[lane].eq(attention.values[lane]) for lane in lanes),
                *(bank.addends[lane][quad].eq(attention.scores[r][lane][quad])
                  for lane in lanes for quad in quads),
            ]

        sub = attention.info.sub[:max(1, (config.subs - 1).bit_length())]
        bank = attention.drain_bank[:(config.queries - 1).bit_length()]
        for lane in lanes:
            for o in range(config.pass_channels):
                granules = Array(Array(b.counts[lane][s * config.pass_channels + o] for b in banks)
                                 for s in range(config.subs))
                m.d.sync += self.sums[lane][o].eq(granules[sub][bank])
        return m
