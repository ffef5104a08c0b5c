"""Runs a script of Yosys."""
import re
import subprocess
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from ..build.tools import locate

__all__ = ["execute"]


def execute(script: list[str], directory: Path) -> str:
    """Run commands in a directory; what Yosys printed.

    Raises
    ------
    SpikeplaneError
        With the sentence that Yosys ended with; what it printed is the error's note.
    """
    # The commands stand in a file: a command line has a limited length.
    (directory / "script.ys").write_text("\n".join(script) + "\n")
    done = subprocess.run([locate("yosys"), "-q", "-l", "yosys.log", "-s", "script.ys"],
                          cwd=directory, capture_output=True, text=True)
    log = (directory / "yosys.log").read_text()
    if done.returncode:
        errors = re.findall(r"^ERROR: (.*)", log, re.M) or done.stderr.strip().splitlines()
        reason = errors[-1] if errors else f"it ended with status {done.returncode}"
        failure = SpikeplaneError(f"Yosys: {reason}")
        failure.add_note(log)
        raise failure
    return log
