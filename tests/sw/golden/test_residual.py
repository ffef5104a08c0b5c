import numpy as np

from sw.golden.residual import residual


def test_add_sums_spikes_onto_the_stream():
    stream, spikes = np.meshgrid(np.arange(130, dtype=np.uint8), np.array([0, 1], np.uint8))
    got = residual(stream, spikes, "add")
    assert got.dtype == np.uint8
    assert got.tolist() == (stream.astype(int) + spikes).tolist()


def test_iand_keeps_the_stream_where_no_spike_falls():
    stream, spikes = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], np.uint8)
    got = residual(stream, spikes, "iand")
    assert got.dtype == np.uint8
    assert got.tolist() == [0, 0, 1, 0]
