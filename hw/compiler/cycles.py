"""Predicts the cycles of every command, without simulating the core."""
from dataclasses import dataclass

from ..config import CoreConfig
from ..core.convolution import Convolution
from ..core.layouts import COMMAND_BITS, Drain, Opcode
from ..core.logits import Logits
from ..core.neurons import Neurons
from ..core.spike_memory import SpikeMemory
from .memory_model import LoaderModel, PortModel, PrefetchModel, Timing
from .planes import PlaneCounts
from .program import Command, Program

__all__ = ["Prediction", "predict"]


@dataclass(frozen=True)
class Prediction:
    """Cycles of one command.

    Parameters
    ----------
    begin
        Cycle in which it starts, counted as its record counts it.
    cycles
        From its start to its end, as its record counts them.
    stall
        Of these, cycles in which the array waited for weights.
    """
    begin: int
    cycles: int
    stall: int


@dataclass(frozen=True)
class _Tile:
    """Cost of a tile, the same in every pass."""
    first: int       # cycles of its first pixel
    last: int        # cycles of its last pixel before residual words
    before_last: int # cycles of all pixels but the last
    before: int      # cycles of the last pixel but one, 0 if there is none
    begin: int       # partial sum of its first pixel
    end: int         # partial sum of its last pixel


def predict(program: Program, counts: PlaneCounts, timing: Timing | None = None,
            ) -> list[Prediction]:
    """Cycles of each command of one run.

    The model follows the core's documented latencies, tile by tile: the reader walks its pixels,
    the loader refills behind it, memory answers in order. It is exact for a memory with fixed
    latency and interval, up to the arbitration of simultaneous requests.

    Parameters
    ----------
    counts
        Planes with a spike per pixel of the tensors that have plane masks; see
        :func:`.planes.count_planes` for those of given activations.
    timing
        External memory; by default that of ``sim.core_bench``.
    """
    return _Model(program, counts, timing or Timing()).run()


class _Model:
    """Cycle of every hand-over, in the order of the program. Cycle 0 is the start pulse."""

    def __init__(self, program: Program, counts: PlaneCounts, timing: Timing):
        self.program, self.config, self.counts = program, program.config, counts
        self.port = PortModel(timing)
        self.prefetch = PrefetchModel(program.config, self.port)
        self.loader = LoaderModel(program.config, self.prefetch)

    def run(self) -> list[Prediction]:
        request = 1
        predictions = []
        for command in self.program.commands:
            # What the loader has read ahead by now went out before the command is fetched.
            self.loader.preload(request - 1)
            self.prefetch.issue(request - 1, self.loader.word)
            dispatch = self.fetch(request)
            if command.fields.get("stream_words"):
                dispatch = self.prefetch.region(dispatch, command.fields["stream_words"])
            done, stall = self.execute(command, dispatch + 1)
            predictions.append(Prediction(dispatch, done - dispatch, stall))
            request = done + 2
        return predictions

    def fetch(self, cycle: int) -> int:
        """Fetch a command; returns the cycle in which it is known."""
        words = COMMAND_BITS // self.config.memory_bits
        first = self.port.request(cycle, words)
        return first + (words - 1) * self.port.timing.interval + 1

    def execute(self, command: Command, begin: int) -> tuple[int, int]:
        """(cycle in which the command is done, cycles stalled)."""
        config, fields = self.config, command.fields
        match command.opcode:
            case Opcode.LOAD:
                last = self.prefetch.take(self.loader.word, fields["stream_words"], begin + 1)
                self.loader.word += fields["stream_words"]
                self.loader.cycle = last + 1
                return last + 1, 0
            case Opcode.POOL:
                outputs = fields["groups"] * fields["rows"] * fields["columns"]
                return begin + outputs * 9 + SpikeMemory.latency(config), 0
            case Opcode.ATTEND:
                return begin + attention_cycles(config, fields) + Neurons.latency(config) + 2, 0
            case Opcode.CONV:
                return self.convolve(command, begin)
        raise ValueError(command.opcode)

    def convolve(self, command: Command, begin: int) -> tuple[int, int]:
        """Walk the tiles of every pass."""
        fields, config = command.fields, self.config
        tiles = self.tiles(command)
        logits = fields.get("drain") == Drain.LOGITS
        residual = fields.get("residual_words", 0)
        accepted, held = begin + 1, 0   # cycle in which the reader took its last pixel; its cost
        walked = begin + 1              # cycle in which that pixel left the walk
        pending = params_pending = hold = stall = 0
        for _ in range(fields["passes"]):
            params_ready = self.loader.load_params()
            for k, tile in enumerate(tiles):
                is_last = k == len(tiles) - 1
                ready = max(self.loader.load_tile(), pending)
                if is_last:
                    ready = max(ready, params_ready, params_pending, hold)
                # The tile is taken with the last pixel of the previous one, or when it is ready.
                taken = max(walked, ready, begin + 2)
                stall += max(0, taken - max(accepted + held + 1, begin + 2))
                # A partial sum that follows itself rests for a cycle.
                rest = tile.begin == tiles[k - 1].end
                first = max(taken + 2, accepted + held + rest)
                extra = residual if is_last else 0
                # A pixel waits in front of the reader while the one before is read.
                walked = max(taken + 1, first + tile.before_last - tile.before
                             if tile.before else accepted)
                accepted = first + tile.before_last
                held = tile.last + extra
                pending = self.loader.tile_free = first + 2 + SpikeMemory.latency(config)
                if is_last:
                    # The first that drains takes the parameters over: the last pixel, if they
                    # are summed.
                    drained = accepted + tile.last if logits else first + tile.first
                    params_pending = self.loader.params_free = drained + Convolution.latency(config)
                    if logits:  # the pass is sent to the host lane by lane
                        hold = drained + Convolution.latency(config) + 1 + Logits.cycles(config)
        end = accepted + tiles[-1].last + Convolution.latency(config)
        if logits:
            return end + Logits.cycles(config), stall
        return end + Neurons.latency(config) + fields["dest_words"], stall

    def tiles(self, command: Command) -> list[_Tile]:
        """Cost of the tiles of one pass, in order."""
        fields = command.fields
        residual = fields.get("residual_words", 0)
        keys = [(y, x, g) for y in range(fields["taps_y"] + 1) for x in range(fields["taps_x"] + 1)
                for g in range(fields["groups"])]
        result = []
        for k, (tap_y, tap_x, group) in enumerate(keys):
            whole = k in (0, len(keys) - 1)
            index, cost = self.counts.visits(command, tap_y, tap_x, group, whole)
            extra = residual if k == len(keys) - 1 else 0
            if fields.get("drain") == Drain.LOGITS:
                # One partial sum, which rests between two pixels.
                index, extra = index * 0, 1
            before = int(cost[:-1].sum()) + extra * (len(cost) - 1)
            last_but_one = int(cost[-2]) + extra if len(cost) > 1 else 0
            result.append(_Tile(int(cost[0]), int(cost[-1]), before, last_but_one,
                                int(index[0]), int(index[-1])))
        return result


def attention_cycles(config: CoreConfig, fields: dict) -> int:
    """Cycles of :class:`hw.core.attention.Attention` from its start to its last drain."""
    tokens, words, queries = fields["pixels"], fields["head_words"], config.queries
    blocks = -(-tokens // queries)
    block = queries * words + 2 * tokens * words + 5 + SpikeMemory.latency(config)
    return fields["groups"] * (blocks * block + tokens * config.subs)
