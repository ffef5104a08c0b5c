"""What `make` says before anything is installed."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sw import cli

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "Makefile").read_text()
MAKE = shutil.which("make")


@pytest.fixture
def make(tmp_path):
    """Runs make in an empty checkout; ``path`` replaces PATH but for what the Makefile needs."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    def run(*arguments, tools=("sh", "sed", "expand", "rm", "echo", "test")):
        directory = tmp_path / "tools"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        for tool in tools:
            (directory / tool).symlink_to(shutil.which(tool))
        return subprocess.run([MAKE, *arguments], cwd=tmp_path, env={"PATH": str(directory)},
                              capture_output=True, text=True)

    return run


def test_help_is_the_default_and_names_every_target(make):
    done = make()
    assert done.returncode == 0
    phony = " ".join(re.findall(r"^\.PHONY: (.*)", TEXT, re.M)).split()
    assert re.findall(r"^  ([a-z-]+) +\S", done.stdout, re.M) == [
        target for target in re.findall(r"^([a-z-]+):", TEXT, re.M)]
    assert sorted(phony) == sorted(re.findall(r"^([a-z-]+):", TEXT, re.M))
    assert max(map(len, done.stdout.splitlines())) <= 90


def old_python(directory):
    path = directory / "old-python"
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


def test_old_python_is_one_sentence(make, tmp_path):
    python = old_python(tmp_path)
    done = make("sim", f"PYTHON={python}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        f"make: python 3.11 or newer is needed and {python} is not; run make PYTHON=python3.12, "
        "for instance")
    assert not (tmp_path / ".venv").exists()


def test_missing_compiler_is_one_sentence(make, tmp_path):
    done = make("test", f"PYTHON={sys.executable}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        "make: no C++ compiler g++; install one, e.g. apt-get install g++")
    assert not (tmp_path / ".venv").exists()


def test_every_verb_exists():
    for verb in re.findall(r"\$\(RUN\) ([a-z-]+)", TEXT):
        assert verb in cli.VERBS, verb
