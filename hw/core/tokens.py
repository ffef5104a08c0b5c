"""Attention and token sums around their shared accumulator banks."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .attention import Attention
from .layouts import COMMAND, INFO, Opcode, read_port, write_port
from .pair_counter import QUAD
from .token_counts import TokenCounts
from .token_sum import TokenSum

__all__ = ["Tokens"]


class Tokens(wiring.Component):
    """The unit that works across tokens: (Q K^T) V for ATTEND, sums for SUM.

    Timing: see :class:`.Attention` and :class:`.TokenSum`; one of them runs at a time.
    Cost: theirs, and ``queries`` banks of accumulators.

    Members
    -------
    command : :py:`In(COMMAND)`
    attend, sum : :py:`In(1)`
        Start pulses.
    read : :py:`Out(read_port())`
    word : :py:`In(word_channels).array(lanes)`
    drain : :py:`Out(1)`
        ``sums`` and ``info`` are present: to the neurons.
    sums : :py:`Out(count_bits).array(lanes, pass_channels)`
    info : :py:`Out(INFO)`
    write : :py:`Out(write_port(config))`
    sum_done : :py:`Out(1)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(COMMAND), "attend": In(1), "sum": In(1),
            "read": Out(read_port()), "word": In(config.word_channels).array(config.lanes),
            "drain": Out(1), "info": Out(INFO),
            "sums": Out(config.count_bits).array(config.lanes, config.pass_channels),
            "write": Out(write_port(config)), "sum_done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.attention = attention = Attention(config)
        m.submodules.token_sum = token_sum = TokenSum(config)
        banks = [TokenCounts(config) for _ in range(config.queries)]
        summing = self.command.opcode == Opcode.SUM
        m.d.comb += [
            attention.command.eq(self.command), attention.start.eq(self.attend),
            token_sum.command.eq(self.command), token_sum.start.eq(self.sum),
            self.read.enable.eq(attention.read.enable | token_sum.read.enable),
            self.read.address.eq(Mux(summing, token_sum.read.address, attention.read.address)),
            self.sum_done.eq(token_sum.done),
            self.write.enable.eq(token_sum.write.enable),
            self.write.address.eq(token_sum.write.address),
            self.write.data.eq(token_sum.write.data),
            self.drain.eq(attention.drain), self.info.eq(attention.info),
        ]
        lanes, quads = range(config.lanes), range(config.word_channels // QUAD)
        m.d.comb += [attention.word[lane].eq(self.word[lane]) for lane in lanes]

        for r, bank in enumerate(banks):
            m.submodules[f"bank{r}"] = bank
            # Only bank 0 serves token sums: one word per cycle needs no more.
            mine = summing if r == 0 else Const(0)
            m.d.comb += [
                bank.clear.eq(Mux(mine, token_sum.clear, attention.clear)),
                bank.add.eq(Mux(mine, token_sum.add, attention.add[r])),
                bank.shift.eq(mine & token_sum.shift),
            ]
            m.d.comb += [bank.words[lane].eq(Mux(mine, self.word[lane], attention.values[lane]))
                         for lane in lanes]
            m.d.comb += [bank.addends[lane][quad].eq(
                Mux(mine, token_sum.addend, attention.scores[r][lane][quad]))
                for lane in lanes for quad in quads]

        sub = attention.info.sub[:max(1, (config.subs - 1).bit_length())]
        bank = attention.drain_bank[:(config.queries - 1).bit_length()]
        for lane in lanes:
            for o in range(config.pass_channels):
                granules = Array(Array(b.counts[lane][s * config.pass_channels + o] for b in banks)
                                 for s in range(config.subs))
                m.d.comb += self.sums[lane][o].eq(granules[sub][bank])
        m.d.comb += token_sum.low.eq(Cat(
            banks[0].counts[lane][s * config.pass_channels + o][0]
            for s in range(config.subs) for lane in lanes for o in range(config.pass_channels)))
        return m
