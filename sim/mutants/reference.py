"""Defects of the golden model and of the comparator."""
from .mutant import Mutant

__all__ = ["REFERENCE"]

_SHORT = "test_neuron.py::test_every_short_sequence_of_small_integers"


def _compare(name: str, old: str, new: str, test: str) -> Mutant:
    return Mutant(name, "sim/compare.py", old, new, f"tests/sim/test_compare.py::{test}")


def _golden(name: str, file: str, old: str, new: str, test: str) -> Mutant:
    return Mutant(name, f"sw/golden/{file}.py", old, new, f"tests/sw/golden/{test}")


_GOLDEN = (
    _golden("membrane rounds half up", "neuron",
            "membrane >>= 1", "membrane = (membrane + 1) >> 1", _SHORT),
    _golden("membrane truncates towards zero", "neuron",
            "membrane >>= 1", "membrane = np.trunc(membrane / 2).astype(dtype)", _SHORT),
    _golden("golden reset subtracts the threshold", "neuron",
            "np.copyto(membrane, 0, where=spiking)", "membrane -= spiking * level", _SHORT),
    _golden("golden spike only above the threshold", "neuron",
            "membrane >= level", "membrane > level", _SHORT),
    _golden("one threshold for all channels", "neuron",
            "threshold.astype(dtype).reshape(-1, 1, 1)",
            "threshold.astype(dtype).reshape(-1, 1, 1)[:1]",
            "test_neuron.py::test_thresholds_belong_to_channels"),
    _golden("membrane in 32 bits", "neuron",
            "exact_int(2 * max(_magnitude(x), _magnitude(threshold)))", "np.int32",
            "test_neuron.py::test_corners_do_not_wrap[1476395008-1099511627776]"),
    _golden("golden bias shifted with the sum", "neuron",
            "x += bias.astype(dtype)[:, None, None]",
            "x += bias.astype(dtype)[:, None, None] << fraction_bits",
            "test_neuron.py::test_drive_shifts_then_adds_the_bias[2]"),
    _golden("padding always zero", "conv",
            "0 if pad_value is None else np.reshape(pad_value, (-1, 1, 1))", "0",
            "test_conv.py::test_matches_the_definition[mean-pixel-255-3x3]"),
    _golden("stride ignored for columns", "conv",
            "taps[:, :, ::stride, ::stride]",
            "taps[:, :, ::stride, :(taps.shape[3] + 1) // stride]",
            "test_conv.py::test_matches_torch[4-1-down]"),
    _golden("float32 beyond its integers", "integer",
            "bound <= 1 << 24", "bound <= 1 << 25",
            "test_conv.py::test_odd_sum_just_beyond_float32"),
    _golden("pool forgets the left neighbour", "pool",
            "out[1:] |= right[:len(out) - 1]", "out[1:] |= 0",
            "test_pool.py::test_single_spike_reaches_exactly_its_windows"),
    _golden("iand swapped", "residual",
            "stream & (spikes ^ 1)", "spikes & (stream ^ 1)",
            "test_residual.py::test_iand_keeps_the_stream_where_no_spike_falls"),
    _golden("query and key swapped", "attention",
            "(v @ k.swapaxes(-1, -2)) @ q", "(v @ q.swapaxes(-1, -2)) @ k",
            "test_attention.py::test_matches_torch[4-heads]"),
    _golden("head without bias", "head",
            ".T + bias", ".T",
            "test_head.py::test_sums_tokens_and_steps_before_the_product"),
    _golden("token sums of a byte", "head",
            "dtype=np.int64", "dtype=np.uint8",
            "test_head.py::test_all_max_does_not_wrap"),
    _golden("image padded with zeros", "network",
            "source.pad_value if source.name in node.inputs else None", "None",
            "test_network.py::test_every_layer_equals_a_real_valued_torch_network[v1-add-T1-W8]"),
)

_COMPARE = (
    _compare("differences beyond 32 bits overlooked",
             "np.count_nonzero(expected != observed)",
             "np.count_nonzero((expected - observed).astype(np.int32))",
             "test_no_wrap_hides_a_difference"),
    _compare("missing spikes are no differences",
             "differs = expected != observed", "differs = expected < observed",
             "test_every_single_flip_is_found"),
    _compare("layer that is not expected passes",
             "if name not in expected:", "if not expected:",
             "test_what_was_not_observed_cannot_pass[extra]"),
)

REFERENCE = (*_GOLDEN, *_COMPARE)
