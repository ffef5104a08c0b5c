"""Partial sums of a pixel tile, and the weighting of bit-planes."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .block_ram import BlockRam
from .layouts import dot_bits, step_layout

__all__ = ["PartialSums"]


class PartialSums(wiring.Component):
    """Accumulates dot products over the planes of a pixel, then over the tiles of a pass.

    ``total = sum over planes of dots << plane``; on a pixel's last plane ``sum[index] += total``,
    starting from zero on the first tile. On the last tile the sum leaves through ``sums``, in the
    units of its layer's bias: ``sum << fraction``.

    ::

        dots --> << plane --> + total --> z --> + --> z --> sums
                                                ^ |
            memory[index] --> z --> newer of both | ---> memory[index]
                                        ^---- z --+

    Block RAM takes half a cycle to answer, so that it is read a cycle early; the sum of the pixel
    before may just be on its way into it, and comes from a register then. Cores whose memory has
    at most :py:`SLOW_BITS` for a pair of sums have slow clocks, and no use for those registers.

    Timing: latency :py:`LATENCY` cycles from ``dots`` to ``sums``; one step per cycle, never
    stalls. A partial sum may be revisited two cycles after its last use.
    Cost: ``psum_words`` x lanes x pass_channels x accumulator_bits of memory in words of two sums,
    two adders and a choice per sum and one shifter.

    Members
    -------
    ahead : :py:`In(step_layout(config))`
        The step of the next cycle.
    step : :py:`In(step_layout(config))`
        Describes ``dots``, in the same cycle.
    dots : :py:`In(signed).array(lanes, pass_channels)`
    fraction : :py:`In(3)`
        F; constant while a command lasts.
    valid : :py:`Out(1)`
        ``sums`` of a finished pixel are present.
    end : :py:`Out(1)`
        They are the last of the command.
    swap_params : :py:`Out(1)`
        They are the first of a pass; valid one cycle before ``sums``.
    sums : :py:`Out(signed(config.drive_bits)).array(lanes, pass_channels)`
    index : :py:`Out(index_bits(config))`
        Pixel of the tile.
    """

    LATENCY = 2
    SLOW_BITS = 1 << 11

    def __init__(self, config: CoreConfig):
        self.config = config
        shape = (config.lanes, config.pass_channels)
        super().__init__({
            "ahead": In(step_layout(config)), "step": In(step_layout(config)),
            "dots": In(signed(dot_bits(config))).array(*shape),
            "valid": Out(1),
            "end": Out(1),
            "swap_params": Out(1),
            "fraction": In(3),
            "sums": Out(signed(config.drive_bits)).array(*shape),
            "index": Out(step_layout(config)["index"].shape),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        step = Signal(step_layout(config))
        m.d.sync += step.eq(self.step)
        early = 2 * config.accumulator_bits * config.psum_words > self.SLOW_BITS
        asking = self.ahead if early else self.step
        finished = [at.valid & at.last_plane & ~at.residual for at in (asking, self.step)]

        stored = Signal()
        m.d.sync += stored.eq(finished[1])
        drains = stored & step.last_tile
        storing = stored & ~step.last_tile
        # The word that the step of this cycle wants was written while it was read.
        passed = Signal()
        if early:
            m.d.sync += passed.eq(storing & (self.ahead.index == step.index))
        m.d.comb += self.swap_params.eq(drains & step.swap_params)
        m.d.sync += [self.valid.eq(drains), self.end.eq(step.end), self.index.eq(step.index)]

        lanes = [(lane, o) for lane in range(config.lanes) for o in range(config.pass_channels)]
        for pair in range(0, len(lanes), 2):
            members = lanes[pair:pair + 2]
            bits = config.accumulator_bits
            # Two sums fill the 36-bit port of an ECP5 block RAM.
            m.submodules[f"memory{pair // 2}"] = sums = BlockRam(
                bits * len(members), config.psum_words)
            m.d.comb += [
                sums.read_address.eq(asking.index), sums.read.eq(finished[0]),
                sums.write_address.eq(step.index), sums.write.eq(storing),
            ]
            old = sums.data
            if early:
                written, old = (Signal(sums.width, name=f"{name}_{pair // 2}", reset_less=True)
                                for name in ("written", "old"))
                with m.If(storing):
                    m.d.sync += written.eq(sums.write_data)
                with m.If(finished[1]):
                    m.d.sync += old.eq(Mux(passed, written, sums.data))
            for position, (lane, o) in enumerate(members):
                total = Signal(signed(bits), name=f"total_{lane}_{o}", reset_less=True)
                new = Signal(signed(bits), name=f"new_{lane}_{o}")
                mine = old[position * bits:][:bits].as_signed()
                with m.If(self.step.valid & ~self.step.residual):
                    m.d.sync += total.eq(Mux(self.step.first_plane, 0, total)
                                         + (self.dots[lane][o] << self.step.plane))
                m.d.comb += [
                    new.eq(total + Mux(step.first_tile, 0, mine)),
                    sums.write_data[position * bits:][:bits].eq(new),
                ]
                with m.If(drains):
                    m.d.sync += self.sums[lane][o].eq(self.drive(new))
        return m

    def drive(self, total):
        """A sum in units of its layer's bias."""
        largest = self.config.fraction_bits
        return total << self.fraction[:largest.bit_length()] if largest else total
