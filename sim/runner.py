"""Runs a cocotb test module on a built model and returns what became of each test."""
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import find_libpython

from sw.contract.cache import BUILD
from sw.contract.errors import SpikeplaneError

from .build import Model
from .toolchain import find_toolchain

__all__ = ["SimulationFailure", "TestResult", "default_seed", "run"]

_LOG_LINES = 60
_ROOT = Path(__file__).resolve().parent.parent


class SimulationFailure(SpikeplaneError):
    """A bench failed, or the simulation ended before it could say so."""


@dataclass(frozen=True)
class TestResult:
    """One cocotb test.

    Parameters
    ----------
    name
        Test function, with its parameters.
    nanoseconds
        Simulated time.
    seconds
        Real time.
    failure
        Why it failed; ``None`` if it passed.
    """
    __test__ = False  # not a test class, whatever pytest makes of the name

    name: str
    nanoseconds: float
    seconds: float
    failure: str | None


def default_seed() -> int:
    """The seed of every random choice: ``SEED`` of the environment, or 1."""
    text = os.environ.get("SEED") or "1"
    if not re.fullmatch(r"[0-9]+", text):
        raise SpikeplaneError(f"SEED must be a non-negative integer, not {text!r}")
    return int(text)


def run(model: Model, module: str, *, seed: int, test: str = "", waves: Path | None = None,
        environment: Mapping[str, str] | None = None, timeout: float = 3600.0,
        line: Callable[[str], None] | None = None) -> list[TestResult]:
    """Run the cocotb tests of ``module`` (an import path) whose names match ``test``.

    Parameters
    ----------
    seed
        Of Python's ``random`` in the tests, through cocotb.
    test
        Regular expression, empty for all.
    waves
        VCD file to write; the model must have been built with waves.
    environment
        Further variables for the tests.
    timeout
        Real seconds after which the simulation is ended.
    line
        Called with each line of the log as it is written.

    Raises
    ------
    SimulationFailure
        A test failed, no test ran, or the program crashed or timed out. The message names the
        seed and the file with the log.
    """
    parent = BUILD / "runs"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{model.top}.", dir=parent) as name:
        directory = Path(name)
        results = directory / "results.xml"
        command = [str(model.executable)]
        if waves is not None:
            command += ["--trace", "--trace-file", str(Path(waves).resolve())]
        variables = {**_environment(model, module, test, seed, results), **(environment or {})}
        status, log = _execute(command, directory, variables, timeout, line)
        tests = _parse(results) if results.exists() else []
    failed = [result for result in tests if result.failure is not None]
    if failed or not tests or status:
        what = (f"{failed[0].name}: {failed[0].failure}" if failed else
                f"the simulation ended with status {status}" if status else "no test ran")
        raise _failure(f"{module} on {model.top}, SEED={seed}: {what}", model, log)
    return tests


def _failure(message: str, model: Model, log: list[str]) -> SimulationFailure:
    """One line for the user, the end of the log for a test's output, all of it in a file."""
    path = BUILD / "runs" / f"{model.top}.log"
    path.write_text("\n".join(log) + "\n")
    failure = SimulationFailure(f"{message}; log: {path.relative_to(_ROOT)}")
    failure.add_note("\n".join(log[-_LOG_LINES:]))
    return failure


def _environment(model: Model, module: str, test: str, seed: int, results: Path) -> dict[str, str]:
    tools = find_toolchain()
    library = find_libpython.find_libpython()
    if library is None:
        raise SpikeplaneError(
            f"no shared library of {sys.executable}, which cocotb loads; install one, e.g. "
            f"`apt-get install libpython{sys.version_info.major}.{sys.version_info.minor}`")
    entry = next(tools.cocotb.glob("simulator*.so"), None)
    if entry is None:
        raise SpikeplaneError("cocotb has no simulator library; run `pip install -e \".[sim]\"`")
    return {
        "COCOTB_TEST_MODULES": module, "COCOTB_TOPLEVEL": model.top, "TOPLEVEL_LANG": "verilog",
        "COCOTB_TEST_FILTER": test, "COCOTB_RANDOM_SEED": str(seed),
        "COCOTB_RESULTS_FILE": str(results), "COCOTB_TRUST_INERTIAL_WRITES": "1",
        "COCOTB_ANSI_OUTPUT": "0", "PYGPI_PYTHON_BIN": sys.executable,
        "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in (_ROOT, *sys.path)),
        "GPI_USERS": f"{library};{entry},initialize",
    }


def _execute(command: Sequence[str], directory: Path, variables: Mapping[str, str],
             timeout: float, line: Callable[[str], None] | None) -> tuple[int, list[str]]:
    """Exit status and log lines of the simulation."""
    log: list[str] = []
    with subprocess.Popen(command, cwd=directory, env={**os.environ, **variables}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        def expire() -> None:
            log.append(f"ended after {timeout:g} s")
            process.kill()

        timer = threading.Timer(timeout, expire)
        timer.start()
        try:
            for text in process.stdout:
                log.append(text.rstrip("\n"))
                if line:
                    line(log[-1])
            status = process.wait()
        finally:
            timer.cancel()
            process.kill()
    return status, log


def _parse(results: Path) -> list[TestResult]:
    tests = []
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        if case.find("skipped") is not None:
            continue
        failure = case.find("failure")
        if failure is None:
            failure = case.find("error")
        reason = None
        if failure is not None:
            reason = (failure.get("message") or failure.text or "failed").strip().splitlines()[0]
        properties = {item.get("name"): item.get("value") for item in case.iter("property")}
        tests.append(TestResult(case.get("name"), float(properties["sim_time_duration"]),
                                float(case.get("time")), reason))
    return tests
