"""Simulation: Verilator builds, cocotb benches, and the comparison with the golden model."""
