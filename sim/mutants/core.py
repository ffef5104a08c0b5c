"""Defects of the core, caught by the bench of a component or by whole networks."""
from .mutant import Mutant

__all__ = ["CORE"]

_SMALL = "test_network_bench.py::test_every_layer_is_equal_and_compared"
_MATRIX = ("test_matrix.py::test_random_network_is_exact"
           "[1-scs-1x8x8-d48-b1-h4-t4-w4-add-8x2-fast]")
_SPARSE = ("test_matrix.py::test_random_network_is_exact"
           "[3-sps-1x9x14-d48-b1-h8-t1-w4-iand-8x2-usual]")


def _block(name: str, file: str, old: str, new: str, test: str) -> Mutant:
    """A defect that the bench of its component catches; ``test``: the bench, and its parameters."""
    bench = test.split("[")[0]
    return Mutant(name, f"hw/core/{file}.py", old, new,
                  f"tests/hw/core/test_{bench}.py::test_{test}")


def _network(name: str, file: str, old: str, new: str, test: str = _SMALL) -> Mutant:
    """A defect that only shows when the whole core runs a network."""
    return Mutant(name, f"hw/core/{file}.py", old, new, f"tests/sim/{test}")


_NEURONS = (
    _block("membrane shifted by two", "neurons",
           "Mux(starts, 0, membrane) + x) >> 1", "Mux(starts, 0, membrane) + x) >> 2",
           "neurons[narrow]"),
    _block("no reset after a spike", "neurons",
           "after.eq(Mux(spike, 0, potential))", "after.eq(potential)", "neurons[narrow]"),
    _block("reset subtracts the threshold", "neurons",
           "after.eq(Mux(spike, 0, potential))",
           "after.eq(Mux(spike, potential - threshold, potential))", "neurons[narrow]"),
    _block("spike only above the threshold", "neurons",
           "potential >= threshold", "potential > threshold", "neurons[narrow]"),
    _block("chain between lanes cut elsewhere", "neurons",
           "if lane % (1 << chain) == 0)", "if lane % (2 << chain) == 0)", "neurons[narrow]"),
    _block("lane mask ignored", "neurons",
           "spike & self.lane_mask[lane]", "spike", "neurons[narrow]"),
    _block("bias shifted with the sum", "neurons",
           "self.drive(self.sums[lane][o]) + self.bias[o]",
           "self.drive(self.sums[lane][o] + self.bias[o])", "neurons[narrow]"),
    _block("later lanes see the next threshold", "neurons",
           'threshold = delayed(threshold, stage, 1, f"threshold_{o}")',
           "threshold = self.threshold[o]", "neurons[narrow]"),
    _block("membrane not kept between cycles", "neurons",
           "membrane = delayed(membrane, stage, min(stage, 1),",
           "membrane = delayed(membrane, stage, 0,", "neurons[two-lanes-a-cycle]"),
)

_ARRAY = (
    _block("sign plane added", "arrays/popcount",
           "                        - Cat(C(0, sign)", "                        + Cat(C(0, sign)",
           "synapse_array[8x2-W4-popcount]"),
    _block("weight planes not shifted", "arrays/popcount",
           "Cat(C(0, b), count[:total - b])", "count", "synapse_array[8x2-W4-popcount]"),
    _block("lanes swapped", "arrays/popcount",
           "level[position * field:]", "level[(share - 1 - position) * field:]",
           "synapse_array[8x2-W4-popcount]"),
    _block("weight tile stays while its first word is skipped", "synapse_array",
           "with m.If(self.step.swap):", "with m.If(self.step.swap & self.step.valid):",
           "synapse_array[8x2-W4-popcount]"),
    _block("a spike gates its neighbour's weight", "arrays/gated_adds",
           "self.spikes[k][j].replicate", "self.spikes[k][0].replicate",
           "synapse_array[8x2-W4-adders]"),
    _block("carry of a dot product reaches the next", "arrays/adds",
           "(C(1, 2), C(0, 2))", "(C(1, 1), C(0, 1))", "synapse_array[8x2-W4-adders]"),
    _block("a pair added twice", "arrays/adders",
           "(lane, row[k], row[k + 1])", "(lane, row[k], row[k])", "synapse_array[8x2-W4-adders]"),
    _block("carry cell: sum of a pair not lifted", "arrays/carry_gated_adds",
           "(ADD_INVERTED, inputs", "(ADD, inputs", "synapse_array[8x2-W4-carry]"),
    _block("carry cell: carry into the next pair", "arrays/carry_gated_adds",
           "(STOP, (), Signal", "(ADD, (C(1, 1), C(1, 1)), Signal", "synapse_array[8x2-W4-carry]"),
    _block("carry cell: carry into the next sum", "arrays/carry_adds",
           "(STOP, (), sums[", "(ADD, (C(1, 1), C(1, 1)), sums[", "synapse_array[8x2-W4-carry]"),
    _block("carry cell: table without carry", "arrays/carry_chain",
           "(a & b) ^ (c & d)", "(a & b) | (c & d)", "synapse_array[8x2-W4-carry]"),
    _block("stale partial sum at the first tile", "partial_sums",
           "Mux(step.first_tile, 0, old.as_signed())", "old.as_signed()", "partial_sums[W4]"),
    _block("planes of the pixel before kept", "partial_sums",
           "Mux(self.step.first_plane, 0, total)", "total", "partial_sums[W4]"),
    _block("spike planes not shifted", "partial_sums",
           "(self.dots[lane][o] << self.step.plane)", "self.dots[lane][o]", "partial_sums[W4]"),
    _block("written where it is read", "block_ram",
           "write.addr.eq(self.write_address)", "write.addr.eq(self.read_address)",
           "partial_sums[W4]"),
    _block("residual word ends the sum of a pixel", "partial_sums",
           "self.step.last_plane & ~self.step.residual", "self.step.last_plane",
           "partial_sums[W4]"),
)

_WALK = (
    _block("tap column stays", "tile_walk",
           "base.eq(tap_base + 1)]", "base.eq(tap_base)]", "tile_walk"),
    _block("partial sum of a skipped column", "tile_walk",
           "Mux(skip.top, command.columns, 0) + skip.left", "Mux(skip.top, command.columns, 0)",
           "tile_walk"),
    _block("last tile skips its padding", "tile_walk",
           "whole = first | last", "whole = first", "tile_walk"),
    _block("bottom padding at the top row", "pixel_walk",
           "tile.outside.bottom & (row == tile.rows)", "tile.outside.bottom & (row == 0)",
           "pixel_walk"),
    _block("row of partial sums as wide as the tile", "pixel_walk",
           "index.eq(index_row + command.columns)", "index.eq(index_row + tile.columns + 1)",
           "pixel_walk"),
    _block("every pixel of the head drains", "pixel_walk",
           "tile.last & (tile_end | ~gather)", "tile.last", "pixel_walk"),
    _block("pixels of the head have sums of their own", "pixel_walk",
           "with m.If(~gather):", "with m.If(1):", "pixel_walk"),
    _block("hold ignored", "pixel_walk",
           "& ~params_pending & ~self.hold", "& ~params_pending", "pixel_walk"),
    _block("padding read from memory", "spike_reader",
           "ahead.outside, 0, Mux(command.masked", "0, 0, Mux(command.masked", "spike_reader"),
    _block("silent pixel skips the first tile", "spike_reader",
           "must = pixel.first_tile | pixel.last_tile", "must = pixel.last_tile", "spike_reader"),
    _block("partial sum does not rest", "spike_reader",
           "~busy | (done & ~again)", "~busy | done",
           "convolution[W8-tile-of-one-memory-word]"),
    _block("residual of the first word group", "spike_reader",
           "ahead.dest * command.residual_words", "ahead.index * command.residual_words",
           "spike_reader"),
    _block("image plane as address of a word", "spike_reader",
           "Mux(command.image, plane >> command.chain, plane)", "plane", "spike_reader"),
    _block("skipped planes counted once too often", "spike_reader",
           "Mux(used == 0, must, used)", "used", "spike_reader"),
    _block("all images read the first one", "lane_select",
           "self.word[first + slot]", "self.word[slot]", "lane_select"),
)

_WRITER = (
    _block("carry dropped", "spike_writer",
           "carry.eq(old & carry)", "carry.eq(0)", "spike_writer[four-passes-a-word]"),
    _block("iand keeps what it should remove", "spike_writer",
           "head & ~carry", "head & carry", "spike_writer[four-passes-a-word]"),
    _block("first pass does not clear the word", "spike_writer",
           "Mux(info.clear, (1 << subs) - 1, 1 << info.sub)", "1 << info.sub",
           "spike_writer[four-passes-a-word]"),
    _block("plane masks not merged", "spike_writer",
           "old = Mux(info.clear, 0, self.mask)", "old = 0", "spike_writer[four-passes-a-word]"),
    _block("residual queue pops a plane too many", "spike_writer",
           "busy & (plane < command.residual_words)", "busy", "spike_writer[four-passes-a-word]"),
    _block("residual queue of four words", "spike_writer",
           "QUEUE = 32", "QUEUE = 4", "spike_writer[four-passes-a-word]"),
    _block("pooling starts anew in each column of taps", "pool",
           "first.eq((tap_y == 0) & (tap_x == 0))", "first.eq(tap_y == 0)", "pool[four-granules]"),
    _block("right edge padded at the wrong tap", "pool",
           "pads.right & last_column & last_x", "pads.right & last_column & (tap_x == 0)",
           "pool[four-granules]"),
    _block("logits sum the wrong lanes", "logits",
           "span = (1 << chain) - 1", "span = chain", "logits[two-labels-a-pass]"),
    _block("every label has the first bias", "logits",
           "Array(self.bias)[channel[:deep]]", "self.bias[0]",
           "logits[two-labels-a-pass]"),
)

_TOKENS = (
    _block("count of all ones wraps", "pair_counter",
           "width = size.bit_length()\n", "width = size.bit_length() - 1\n", "tokens[2-queries]"),
    _block("heads of another size", "pair_counter",
           "level[quad * QUAD // size]", "level[quad * QUAD // size // 2]", "tokens[2-queries]"),
    _block("halves of the block swapped", "attention",
           "Cat(hw[:bits], phase)", "Cat(hw[:bits], ~phase)", "tokens[2-queries]"),
    _block("value replaced before the second half", "attention",
           "with m.If(stage[2].valid & stage[2].last):", "with m.If(1):", "tokens[2-queries]"),
    _block("score of the key before kept", "attention",
           "Mux(now.first, 0, score) + count", "score + count", "tokens[2-queries]"),
    _block("a block too many", "attention",
           "block + config.queries >= command.pixels", "block + config.queries > command.pixels",
           "tokens[2-queries]"),
    _block("second word of a head starts another", "attention",
           "with m.If(self.is_last(part)):", "with m.If(1):", "tokens[2-queries]"),
    _block("a single query scored twice", "attention",
           "sides = config.queries // half", "sides = 2", "tokens[1-query-1-word]"),
    _block("silent values counted", "token_counts",
           "self.add & self.words[lane][c]", "self.add", "tokens[2-queries]"),
)

_MEMORY = (
    _block("tile overwritten while it waits", "weight_loader",
           "self.words.ready.eq(~self.tile_valid)", "self.words.ready.eq(1)",
           "weight_loader[narrow-memory]"),
    _block("a tile too many in each pass", "weight_loader",
           "following == ready.header.tiles", "tiles == ready.header.tiles",
           "weight_loader[narrow-memory]"),
    _block("bias as threshold", "weight_loader",
           "eq(ready.threshold[o])", "eq(ready.bias[o])", "weight_loader[narrow-memory]"),
    _block("a word of prefetch credit too many", "memory_reader",
           "free = Signal(range(config.prefetch_words + 1), init=config.prefetch_words)",
           "free = Signal(range(config.prefetch_words + 2), init=config.prefetch_words + 1)",
           "memory_reader[smallest-queue]"),
    _block("bursts at word addresses", "memory_reader",
           "length * (config.memory_bits // 8)", "length", "memory_reader[smallest-queue]"),
    _block("answer goes to who asks now", "memory_port",
           "owners.w_data.eq(Cat(use_fetch,", "owners.w_data.eq(Cat(self.fetch.valid,",
           "memory_port"),
    _block("request changes while it waits", "memory_port",
           "held.eq(valid & ~self.request.ready)", "held.eq(0)", "memory_port"),
    _block("plane mask of the pixel before kept", "image_loader",
           "Mux(index == 0, 0, mask) | planes", "mask | planes", "image_loader[two-word-memory]"),
    _block("planes of a word not moved to their place", "image_loader",
           "slots << (index << chain)", "slots << index", "image_loader[two-word-memory]"),
    _block("a memory word beyond the image taken", "image_loader",
           "left.eq(command.stream_words)", "left.eq(command.stream_words + 1)",
           "image_loader[half-a-memory-word]"),
    _block("at rest before the last record was taken", "control",
           "with m.If(~self.records.valid):", "with m.If(1):", "control[wide-memory]"),
    _block("record overwritten before it is taken", "control",
           "self.begin.eq(~self.records.valid)", "self.begin.eq(1)", "control[narrow-memory]"),
)

_CORE = (
    _network("every word group over the first", "core",
             "conv.header.pixel + conv.index", "conv.index"),
    _network("residual in the granule of the pass before", "core",
             "drain.residual_sub.eq(conv.step.sub)", "drain.residual_sub.eq(conv.header.sub)"),
    _network("writer reads masks it does not merge", "core",
             "drain.mask_read.enable & drain.command.mask_out", "drain.mask_read.enable",
             _SPARSE),
    _network("granules of a word swapped", "spike_memory",
             "self.write.data.word_select(sub, granule)",
             "self.write.data.word_select(sub ^ 1, granule)", _MATRIX),
    _network("attention with a convolution's bias", "drain",
             "Mux(attend, 0, self.bias[o])", "self.bias[o]"),
    _network("next parameters before the last pixel", "convolution",
             "loader.swap_params.eq(sums.swap_params)",
             "loader.swap_params.eq(reader.step.swap_params & reader.step.swap)", _MATRIX),
)

CORE = (*_NEURONS, *_ARRAY, *_WALK, *_WRITER, *_TOKENS, *_MEMORY, *_CORE)
