"""Plants defects in copies of the repository, and sees whether their tests notice."""
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sw.contract.errors import SpikeplaneError

from .mutants import Mutant

__all__ = ["Outcome", "Tree", "campaign", "check_table"]

_NOTICED = ("assert ", "AssertionError", "sim.runner.SimulationFailure", "Failed: ")
"""How a message begins if a test saw something wrong, rather than fell over it."""

_SHARED = ("verilator", "verilog")
"""Caches below ``build`` that are keyed by content, hence safe to share with a mutated copy."""


@dataclass(frozen=True)
class Outcome:
    """What became of a test.

    Parameters
    ----------
    test
        pytest's name.
    verdict
        ``"passed"``; ``"failed"`` if it ran and noticed something wrong; otherwise why it says
        nothing, e.g. that it was not found.
    seconds
        Real time, builds included.
    """
    test: str
    verdict: str
    seconds: float


def check_table(root: Path, mutants: Sequence[Mutant]) -> None:
    """Refuse a table with a name twice, or a text that does not occur exactly once."""
    for name, count in Counter(mutant.name for mutant in mutants).items():
        if count > 1:
            raise SpikeplaneError(f"mutant {name!r}: {count} mutants have this name; rename one")
    for mutant in mutants:
        count = (root / mutant.path).read_text().count(mutant.old)
        if count != 1:
            raise SpikeplaneError(f"mutant {mutant.name!r}: its text occurs {count} times in "
                                  f"{mutant.path}, must occur once; adapt sim/mutants")


class Tree:
    """A copy of the files that git tracks, in which tests run.

    Parameters
    ----------
    root
        The checkout.
    directory
        Where the copy is made; must not exist.
    seed
        ``SEED`` of the tests.
    """

    def __init__(self, root: Path, directory: Path, seed: int):
        self.directory, self.seed = directory, seed
        self._process: subprocess.Popen | None = None
        self._stopped = False
        for name in _tracked(root):
            if (root / name).is_file():
                target = directory / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, target)
        (directory / "build").mkdir(exist_ok=True)
        for name in _SHARED:
            (root / "build" / name).mkdir(parents=True, exist_ok=True)
            (directory / "build" / name).symlink_to(root / "build" / name)

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[None]:
        """The defect is there inside the block."""
        file = self.directory / mutant.path
        text = file.read_text()
        file.write_text(text.replace(mutant.old, mutant.new))
        try:
            yield
        finally:
            file.write_text(text)

    def run(self, test: str, timeout: float) -> Outcome:
        """Run one test, at most ``timeout`` seconds."""
        report = self.directory / "build" / "outcome.xml"
        report.unlink(missing_ok=True)
        # Without bytecode: that of a file of the same size and second would hide a defect.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": "",
                       "OMP_NUM_THREADS": "1", "SEED": str(self.seed)}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                   "--hypothesis-seed", str(self.seed), f"--junitxml={report}", test]
        begin = time.perf_counter()
        self._process = subprocess.Popen(
            command, cwd=self.directory, env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            verdict = _verdict(self._process.wait(timeout), report)
        except subprocess.TimeoutExpired:
            verdict = f"took longer than {timeout:g} s"
        finally:
            self.stop()
        return Outcome(test, verdict, time.perf_counter() - begin)

    def stop(self) -> None:
        """End the test, with the simulation that it may have started."""
        process = self._process
        if process and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _tracked(root: Path) -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise SpikeplaneError("mutants are planted in a copy of what git tracks, and this is no "
                              "git checkout; clone the repository")
    return done.stdout.rstrip("\0").split("\0")


def _verdict(status: int, report: Path) -> str:
    """``"passed"``, ``"failed"``, or what else happened."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase")) if report.exists() else []
    if status not in (0, 1) or len(cases) != 1:
        return f"did not run, pytest ended with status {status} after {len(cases)} tests"
    message = {part.tag: part.get("message", "") for part in cases[0]}
    if "skipped" in message:
        return f"was skipped: {message['skipped']}"
    if "failure" in message:
        if message["failure"].startswith(_NOTICED):
            return "failed"
        return f"fell over: {message['failure'].splitlines()[0]}"
    return "passed" if status == 0 else "ended with an error outside the test"


def campaign(root: Path, mutants: Sequence[Mutant], *, seed: int,
             report: Callable[[Mutant | None, Outcome], None], workers: int = 2,
             timeout: float = 900.0) -> dict[Mutant, Outcome]:
    """Run each named test without a defect, then with each of its defects.

    Parameters
    ----------
    root
        The checkout. Copies live below its ``build`` until the campaign ends; nothing else changes.
    report
        Called with each outcome as it is known; the mutant is None for a test without a defect.
    workers
        Tests that run at once, each in a copy of its own.

    Raises
    ------
    SpikeplaneError
        A text of the table is not unique, or a test does not pass without a defect.
    """
    check_table(root, mutants)
    parent = root / "build" / "mutants"
    parent.mkdir(parents=True, exist_ok=True)
    with (tempfile.TemporaryDirectory(prefix="campaign.", dir=parent) as name,
          _Workers([Tree(root, Path(name) / f"tree{k}", seed) for k in range(workers)],
                   timeout) as pool):
        for _, outcome in pool.run([(None, test) for test in _tests(mutants)]):
            report(None, outcome)
            if outcome.verdict != "passed":
                raise SpikeplaneError(f"test {outcome.test} must pass before a defect is planted, "
                                      f"but it {outcome.verdict}; run it with pytest")
        outcomes = {}
        for mutant, outcome in pool.run([(mutant, mutant.test) for mutant in mutants]):
            report(mutant, outcome)
            outcomes[mutant] = outcome
    return {mutant: outcomes[mutant] for mutant in mutants}


def _tests(mutants: Sequence[Mutant]) -> list[str]:
    return list(dict.fromkeys(mutant.test for mutant in mutants))


class _Workers:
    """Runs tests in as many copies at once as there are; leaving the block ends them."""

    def __init__(self, trees: Sequence[Tree], timeout: float):
        self.trees, self.timeout = trees, timeout
        self.free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        for tree in trees:
            self.free.put(tree)
        self.pool = ThreadPoolExecutor(len(trees))

    def run(self, tasks: Sequence[tuple[Mutant | None, str]]
            ) -> Iterator[tuple[Mutant | None, Outcome]]:
        """Outcomes as they are known."""
        for done in as_completed([self.pool.submit(self.work, *task) for task in tasks]):
            yield done.result()

    def work(self, mutant: Mutant | None, test: str) -> tuple[Mutant | None, Outcome]:
        tree = self.free.get()
        try:
            with tree.planted(mutant) if mutant else nullcontext():
                return mutant, tree.run(test, self.timeout)
        finally:
            self.free.put(tree)

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        for tree in self.trees:
            tree.stop()
        self.pool.shutdown()
