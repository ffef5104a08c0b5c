"""Streams (query, key) pairs and their values for the product (Q K^T) V."""
from amaranth import *
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .block_ram import BlockRam
from .delay import delayed
from .layouts import address_bits, command_layout, info_layout, read_port
from .pair_counter import QUAD, PairCounter
from .spike_memory import SpikeMemory

__all__ = ["Attention"]


class Attention(wiring.Component):
    """Walks ``for word of V: for block of queries: for key`` and scores every pair.

    A block of ``queries`` query tokens is held while all keys and values pass: a key is scored
    against half of the block in each of two cycles (a single query in the first), the value is
    read in the second, and ``add`` tells the accumulator banks to add the score where the value
    spikes. Then the sums of the block leave, one granule per cycle.

    ::

        cycle      0    1      R            R + 1        R + 2   R + 3   R + 4
        address    key  value
        word                   key          value
        counters               key, half 0  key, half 1
        score                                            half 0  half 1
        bank adds                                                half 0  half 1

    R is the latency of the spike memory.

    Timing: a block of q query tokens takes ``queries * head_words + 2 * tokens * head_words
    + q * subs + R + 5`` cycles. Never stalls.
    Cost: a pair counter for two queries, ``queries * head_words`` stored words.

    Members
    -------
    command : :py:`In(command_layout(config))`
        ``source``, ``key``, ``value`` are the bases of Q, K, V of ``groups`` words at ``pixels``
        tokens; a head has ``2**segment`` channels of a word, or ``head_words`` whole words.
    start : :py:`In(1)`
    read : :py:`Out(read_port())`
    word : :py:`In(word_channels).array(lanes)`
    clear : :py:`Out(1)`
    add : :py:`Out(queries)`
        Per bank; bank r serves query r of the block.
    scores : :py:`Out(count_bits).array(queries, lanes, word_channels // QUAD)`
    values : :py:`Out(word_channels).array(lanes)`
    drain : :py:`Out(1)`
        The granule ``info.sub`` of bank ``drain_bank`` leaves.
    drain_bank : :py:`Out(3)`
    info : :py:`Out(info_layout(config))`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        word = config.word_channels
        super().__init__({
            "command": In(command_layout(config)), "start": In(1),
            "read": Out(read_port(config)), "word": In(word).array(config.lanes),
            "clear": Out(1), "add": Out(config.queries),
            "scores": Out(config.count_bits).array(config.queries, config.lanes, word // QUAD),
            "values": Out(word).array(config.lanes),
            "drain": Out(1), "drain_bank": Out(3), "info": Out(info_layout(config)),
        })

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command

        # Offsets into Q, K and V, in words: of the head, and of the word of V now computed.
        head, word = Signal(address_bits(config)), Signal(address_bits(config))
        # Addresses of the first query or key of the word of the head now read, and of that of V.
        first, first_value = Signal(address_bits(config)), Signal(address_bits(config))
        block = Signal(command.pixels.shape())
        words_left = Signal(command.groups.shape())
        query, hw = Signal(range(max(2, config.queries))), Signal(range(max(2, config.head_words)))
        phase, part = Signal(), Signal.like(hw)  # part: word of V within the head
        # What is alone does not count.
        next_query = query + 1 if config.queries > 1 else C(0)
        next_hw = hw + 1 if config.head_words > 1 else C(0)
        token = Signal(command.pixels.shape())
        first_query, first_key = command.source + head + block, command.key + head
        sub = Signal(range(config.subs + 1))
        wait = Signal(4)
        storing, scoring = Signal(), Signal()
        last_hw = self.is_last(hw)
        last_query = (query == config.queries - 1) | (block + query == command.pixels - 1)
        last_block = block + config.queries >= command.pixels
        m.d.comb += [
            self.info.pixel.eq(word + block + query), self.info.sub.eq(sub),
            self.info.clear.eq(sub == 0), self.drain_bank.eq(query),
            self.info.end.eq(last_query & last_block & (sub == config.subs - 1)
                             & (words_left == 1)),
        ]

        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += [head.eq(0), word.eq(0), part.eq(0), block.eq(0),
                                 words_left.eq(command.groups)]
                    m.next = "BLOCK"
            with m.State("BLOCK"):
                m.d.comb += self.clear.eq(1)
                m.d.sync += [query.eq(0), hw.eq(0), first.eq(first_query),
                             first_value.eq(command.value + word)]
                m.next = "QUERY"
            with m.State("QUERY"):
                m.d.comb += storing.eq(1)
                m.d.sync += [hw.eq(next_hw), first.eq(first + command.pixels)]
                with m.If(last_hw):
                    m.d.sync += [hw.eq(0), first.eq(first_query), query.eq(next_query)]
                    with m.If(query == config.queries - 1):
                        m.d.sync += [token.eq(0), phase.eq(0), wait.eq(0)]
                        m.next = "TURN"
            with m.State("TURN"):             # the last query word is being stored
                m.d.sync += first.eq(first_key)
                m.next = "SCORE"
            with m.State("SCORE"):
                m.d.comb += scoring.eq(1)
                m.d.sync += phase.eq(~phase)
                with m.If(phase):
                    m.d.sync += [hw.eq(next_hw), first.eq(first + command.pixels)]
                    with m.If(last_hw):
                        m.d.sync += [hw.eq(0), first.eq(first_key), token.eq(token + 1)]
                        with m.If(token == command.pixels - 1):
                            m.d.sync += [query.eq(0), sub.eq(0)]
                            m.next = "FLUSH"
            with m.State("FLUSH"):
                m.d.sync += wait.eq(wait + 1)
                with m.If(wait == self.reading + 2):
                    m.next = "DRAIN"
            with m.State("DRAIN"):
                m.d.comb += self.drain.eq(1)
                m.d.sync += sub.eq(sub + 1)
                with m.If(sub == config.subs - 1):
                    m.d.sync += [sub.eq(0), query.eq(next_query)]
                    with m.If(last_query):
                        m.d.sync += block.eq(block + config.queries)
                        m.next = "BLOCK"
                        with m.If(last_block):
                            m.d.sync += [block.eq(0), word.eq(word + command.pixels),
                                         part.eq(part + 1), words_left.eq(words_left - 1)]
                            with m.If(self.is_last(part)):
                                m.d.sync += [part.eq(0), head.eq(word + command.pixels)]
                            with m.If(words_left == 1):
                                m.next = "IDLE"

        m.d.comb += [
            self.read.enable.eq(storing | scoring),
            self.read.address.eq(Mux(scoring & phase, first_value, first)
                                 + Mux(scoring, token, query)),
        ]
        queries = self.store(m, storing, query, hw, phase, scoring)
        self.score(m, queries, scoring & ~phase, hw == 0, last_hw)
        return m

    def is_last(self, word):
        """Whether a word is the last of its head."""
        return word == self.command.head_words - 1 if self.config.head_words > 1 else Const(1)

    @property
    def reading(self) -> int:
        """Cycles from a read to its word."""
        return SpikeMemory.latency(self.config)

    @property
    def half(self) -> int:
        """Queries scored in a cycle."""
        return max(1, self.config.queries // 2)

    def store(self, m, storing, query, hw, phase, scoring):
        """Query words of the block, in one memory per pair counter; returns their read data."""
        config, half = self.config, self.half
        write_enable, write_query, write_hw = (
            delayed(m, value, self.reading) for value in (storing, query, hw))
        # Read with the cycle before that of the key.
        scoring, phase, read_hw = (
            delayed(m, value, self.reading - 1) for value in (scoring, phase, hw))
        if config.queries * config.head_words == 1:
            held = Signal(config.word_bits)
            with m.If(write_enable):
                m.d.sync += held.eq(Cat(*self.word))
            return [held]
        reads, bits = [], (config.head_words - 1).bit_length()
        for unit in range(half):
            m.submodules[f"queries{unit}"] = words = BlockRam(
                config.word_bits, 2 * config.head_words)
            side = (write_query >= half) & (config.queries > 1)
            m.d.comb += [
                words.write_address.eq(Cat(write_hw[:bits], side)),
                words.write_data.eq(Cat(*self.word)),
                words.write.eq(write_enable & (write_query == unit + Mux(side, half, 0))),
                words.read_address.eq(Cat(read_hw[:bits], phase)), words.read.eq(scoring),
            ]
            reads.append(words.data)
        return reads

    def score(self, m, queries, key_read, first, last):
        """Count pairs, sum counts over the words of a head, tell the banks to add."""
        config, half = self.config, self.half
        sides = config.queries // half
        flags = data.StructLayout({"valid": 1, "first": 1, "last": 1})
        asked = Signal(flags)
        m.d.comb += [asked.valid.eq(key_read), asked.first.eq(first), asked.last.eq(last)]
        # stage[0]: the key is here.
        stage = [delayed(m, asked, self.reading)]
        for _ in range(4):
            stage.append(delayed(m, stage[-1], 1))

        # The key stays for the second half while the memory already returns the value.
        key = list(self.word)
        if sides > 1:
            key = [Signal(config.word_channels, name=f"key_{lane}") for lane in range(config.lanes)]
            with m.If(stage[0].valid):
                m.d.sync += [key[lane].eq(self.word[lane]) for lane in range(config.lanes)]
        value = list(self.word)
        if sides > 1:
            # The banks of the second half add when the next value comes.
            value = [delayed(m, word, 1) for word in self.word]
        with m.If(stage[sides].valid & stage[sides].last):
            m.d.sync += [self.values[lane].eq(value[lane]) for lane in range(config.lanes)]

        for unit in range(half):
            m.submodules[f"counter{unit}"] = counter = PairCounter(config)
            m.d.comb += counter.segment.eq(self.command.segment)
            for lane in range(config.lanes):
                m.d.comb += [
                    counter.query[lane].eq(
                        queries[unit].word_select(lane, config.word_channels)),
                    counter.key[lane].eq(Mux(stage[0].valid, self.word[lane], key[lane])),
                ]
                for quad, count in enumerate(counter.counts[lane]):
                    for side, now in enumerate(stage[2:2 + sides]):
                        score = self.scores[unit + side * half][lane][quad]
                        with m.If(now.valid):
                            m.d.sync += score.eq(Mux(now.first, 0, score) + count)
            m.d.comb += [self.add[unit + side * half].eq(now.valid & now.last)
                         for side, now in enumerate(stage[3:3 + sides])]
