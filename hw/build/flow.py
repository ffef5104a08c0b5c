"""Runs a build plan: synthesis, place and route, packing; each result is kept by its content."""
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sw.contract.cache import BUILD, digest, once

from .plan import Plan
from .tools import locate, versions

__all__ = ["BUILDS", "StepFailure", "execute"]

BUILDS = BUILD / "boards"

_TITLES = ("synthesis", "place and route", "packing")
_LOG = "{}.log"


class StepFailure(Exception):
    """A tool gave up.

    Parameters
    ----------
    title
        The step's.
    text
        What the tools printed.
    directory
        Where logs and inputs were left.
    status
        Its exit status; negative for the signal that ended it.
    """

    def __init__(self, title: str, text: str, directory: Path, status: int):
        super().__init__(title)
        self.title, self.text, self.directory, self.status = title, text, directory, status


def execute(plan: Plan, *, builds: Path = BUILDS, find: Callable[[str], str] = locate) -> Path:
    """Directory that holds every file of the plan and every product; it is made if it is new.

    Synthesis has a directory of its own, because builds that differ in the seed share it. A failure
    leaves its directory beside, for reading; it is not taken for a result.
    """
    synthesis, *rest = plan.commands
    used = versions(command[0] for command in plan.commands)
    inputs = {name: text for name, text in plan.files.items() if name.endswith((".il", ".ys"))}
    key = digest(repr(sorted(inputs.items())), repr(synthesis), repr(used))
    netlist = builds / f"synthesis-{key}"
    once(netlist, lambda directory: _perform(directory, netlist, inputs, [synthesis], find))

    def place(directory: Path) -> None:
        for file in netlist.iterdir():
            os.link(file, directory / file.name)
        others = {name: text for name, text in plan.files.items() if name not in inputs}
        _perform(directory, result, others, rest, find, _TITLES[1:])

    result = builds / digest(plan.digest, repr(used))
    return once(result, place)


def _perform(directory: Path, target: Path, files: dict[str, str], commands: list[list[str]],
             find: Callable[[str], str], titles=_TITLES) -> None:
    for name, text in files.items():
        (directory / name).write_text(text)
    for title, (tool, *arguments) in zip(titles, commands, strict=False):
        log = directory / _LOG.format(title.replace(" ", "-"))
        if status := _run([find(tool), *arguments], directory, log, title):
            failed = target.with_name(f"{target.name}.failed")
            shutil.rmtree(failed, ignore_errors=True)
            shutil.copytree(directory, failed)
            text = "\n".join(path.read_text(errors="replace") for path in
                             [log, *directory.glob("*.tim")])
            raise StepFailure(title, text, failed, status)


def _run(command: list[str], directory: Path, log: Path, title: str) -> int:
    """Exit status of a command; its output goes to ``log``, the time it takes to the terminal."""
    begin = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT,
                                   env=os.environ | {"PYTHONHASHSEED": "0"})
        try:
            while process.poll() is None:
                _show(title, begin, "\r")
                time.sleep(0.1)
        finally:
            # An interruption must not leave the tool at work in a directory that is gone.
            process.kill()
            process.wait()
    _show(title, begin, "\n")
    return process.returncode


def _show(title: str, begin: float, end: str) -> None:
    # A file or pipe gets finished steps only.
    if end == "\n" or sys.stderr.isatty():
        print(f"{title:16} {time.monotonic() - begin:6.0f} s", end=end, file=sys.stderr, flush=True)
