"""Benches of single components: one cocotb module per component, in ``sim/bench``.

Such a module defines ``component(**parameters)``, which makes the component, and its cocotb tests,
each of which begins with ``bench = await BlockBench.start(dut, component)``. A pytest test runs it
with :func:`run_block`. Files of modules that the component instantiates are its ``BEHAVIOURAL``,
but for the vendors' cells, which are found by name.
"""
import importlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import cocotb
from amaranth.lib import wiring
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge

from hw.verilog import Sidecar
from sw.contract.cache import BUILD

from .build import build_model
from .cells import models
from .runner import TestResult, default_seed, run
from .sources import component_source
from .stream import Stall, StreamDriver, StreamMonitor
from .waves import write_save_file

__all__ = ["BlockBench", "run_block"]

_VARIABLE = "SPIKEPLANE_PARAMETERS"


def run_block(module: str, parameters: dict | None = None, *, seed: int | None = None,
              test: str = "", waves: Path | None = None,
              source: Callable[[wiring.Component, str], tuple[Path, Sidecar]] = component_source,
              ) -> list[TestResult]:
    """Build the component of a bench and run the bench's tests on it.

    Parameters
    ----------
    module
        Import path of the bench, e.g. ``"sim.bench.accumulator"``.
    parameters
        JSON values; keyword arguments of the module's ``component``.
    seed, test, waves
        As of :func:`sim.runner.run`; the seed is by default the environment's. If ``WAVES`` is set
        there, a waveform goes to ``build/waves``, beside it a save file.
    source
        ``source(component, name)`` makes the Verilog that is simulated, and describes its ports.

    Raises
    ------
    SimulationFailure
        A test failed.
    """
    parameters = parameters or {}
    bench = importlib.import_module(module)
    component = bench.component(**parameters)
    name = module.rpartition(".")[2]
    file, sidecar = source(component, name)
    if waves is None and os.environ.get("WAVES", "0") not in ("", "0"):
        waves = BUILD / "waves" / f"{name}.vcd"
        waves.parent.mkdir(parents=True, exist_ok=True)
    sources = [file, *models(file), *getattr(bench, "BEHAVIOURAL", ())]
    model = build_model(name, sources, [port.name for port in sidecar.ports],
                        waves=waves is not None)
    try:
        return run(model, module, seed=default_seed() if seed is None else seed, test=test,
                   waves=waves, environment={_VARIABLE: json.dumps(parameters)})
    finally:
        if waves is not None and waves.exists():
            write_save_file(waves)


class BlockBench:
    """What every block test needs: clock, reset, parameters, randomness, and stream ends.

    Parameters
    ----------
    dut
        cocotb's handle of the component.
    component
        The Amaranth component, made anew in this process: the source of the payload layouts.

    Members
    -------
    parameters : dict
        As given to :func:`run_block`.
    random : random.Random
        Seeded for this test.
    """

    def __init__(self, dut, component: wiring.Component, parameters: dict):
        self.dut = dut
        self.component = component
        self.parameters = parameters
        self.random = random.Random(random.getrandbits(64))  # cocotb seeds the module's generator

    @classmethod
    async def start(cls, dut, component: Callable[..., wiring.Component]) -> "BlockBench":
        """Start a 10 ns clock and hold reset for two cycles."""
        parameters = json.loads(os.environ[_VARIABLE])
        bench = cls(dut, component(**parameters), parameters)
        dut.rst.value = 1
        Clock(dut.clk, 10, unit="ns").start()
        await ClockCycles(dut.clk, 2)
        dut.rst.value = 0
        await RisingEdge(dut.clk)
        cocotb.log.info("parameters %s", parameters)
        return bench

    def shape(self, path: str):
        """Shape of a port of the component, e.g. ``"o__payload"``."""
        for parts, member, _ in self.component.signature.flatten(self.component):
            if "__".join(map(str, parts)) == path:
                return member.shape
        raise KeyError(path)

    def driver(self, name: str, stall: float = 0.0) -> StreamDriver:
        """Driver of the input stream ``name`` that holds back with this probability."""
        return StreamDriver(self.dut, name, self.shape(f"{name}__payload"), self._stall(stall))

    def monitor(self, name: str, stall: float = 0.0) -> StreamMonitor:
        """Monitor of the output stream ``name`` that holds back with this probability."""
        return StreamMonitor(self.dut, name, self.shape(f"{name}__payload"), self._stall(stall))

    def _stall(self, probability: float) -> Stall:
        return Stall(probability, self.random.getrandbits(32))
