"""cocotb benches of single components; `accumulator` is the worked example."""
