import argparse
import importlib
import re
import subprocess
import sys
import types

import pytest

from sw import cli
from sw.contract.errors import SpikeplaneError
from sw.contract.version import version


def verb(monkeypatch, run):
    """Make ``export`` a verb that calls ``run``."""
    module = types.SimpleNamespace(add_arguments=lambda parser: parser.add_argument("--x"),
                                   main=run)
    monkeypatch.setattr(importlib, "import_module", lambda name: module)


def test_help_lists_every_verb(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert re.findall(r"^    ([a-z-]+)", text, re.M) == list(cli.VERBS)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", cli.VERBS)
def test_every_verb_has_its_two_functions(name):
    module = importlib.import_module(cli.VERBS[name][0])
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    assert parser.format_help()
    assert callable(module.main)


def python(code):
    """A process that runs some code, after its end."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def loaded(verbs):
    """Which of the slow libraries the help of some verbs imports."""
    code = ("import sys; from sw import cli\n"
            f"for argv in (['--help'], *([verb, '--help'] for verb in {verbs!r})):\n"
            "    try: cli.main(argv)\n"
            "    except SystemExit: pass\n"
            "slow = {'torch', 'amaranth', 'cocotb', 'sklearn'} & set(sys.modules)\n"
            "print('loaded', *sorted(slow))")
    result = python(code)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()[-1].split()[1:]


def test_starting_needs_neither_torch_nor_amaranth():
    assert loaded([verb for verb, (module, _) in cli.VERBS.items()
                   if not module.startswith("sim.")]) == []


def test_simulating_does_not_need_torch():
    simulating = [verb for verb, (module, _) in cli.VERBS.items() if module.startswith("sim.")]
    assert simulating
    assert "torch" not in loaded(simulating)


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"spikeplane {version()}\n"


@pytest.mark.parametrize("status, expected", [(None, 0), (0, 0), (1, 1)])
def test_exit_status_is_that_of_the_verb(monkeypatch, status, expected):
    verb(monkeypatch, lambda args: status)
    assert cli.main(["export", "--x", "1"]) == expected


def test_user_errors_are_one_line_and_status_1(monkeypatch, capsys):
    def run(args):
        raise SpikeplaneError(f"x is {args.x}")
    verb(monkeypatch, run)
    assert cli.main(["export", "--x", "3"]) == 1
    assert capsys.readouterr() == ("", "spikeplane: x is 3\n")


def test_defects_are_not_hidden(monkeypatch):
    def run(args):
        raise ZeroDivisionError
    verb(monkeypatch, run)
    with pytest.raises(ZeroDivisionError):
        cli.main(["export"])


def test_interrupt_is_no_traceback(monkeypatch, capsys):
    def run(args):
        raise KeyboardInterrupt
    verb(monkeypatch, run)
    assert cli.main(["export"]) == 130
    assert capsys.readouterr().err == "spikeplane: interrupted\n"


def test_killed_verb_cleans_up(tmp_path):
    script = (
        "import os, pathlib, signal, sys, types\n"
        "from sw import cli\n"
        "def run(args):\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    finally:\n"
        f"        pathlib.Path({str(tmp_path / 'cleaned')!r}).touch()\n"
        "sys.modules['verb'] = types.SimpleNamespace(main=run, add_arguments=lambda parser: None)\n"
        "cli.VERBS['export'] = ('verb', 'x')\n"
        "sys.argv = ['spikeplane', 'export']\n"
        "sys.exit(cli.main())\n")
    result = python(script)
    assert (result.returncode, result.stderr) == (143, "")
    assert (tmp_path / "cleaned").exists()


def test_reader_that_leaves_is_no_traceback(tmp_path):
    cli.main(["export", "--random", "1", "--out", str(tmp_path / "net")])
    run = f"{sys.executable} -m sw.cli inspect {tmp_path / 'net'} | true"
    result = subprocess.run(["sh", "-c", run], capture_output=True, text=True)
    assert result.stderr == ""


@pytest.mark.parametrize("argv", [[], ["fly"], ["export"], ["export", "--random", "x"]],
                         ids=["none", "unknown", "missing", "type"])
def test_wrong_usage_is_status_2(argv):
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2


def test_a_missing_package_is_named(monkeypatch, capsys):
    def missing(args):
        raise ModuleNotFoundError("No module named 'sklearn.datasets'", name="sklearn.datasets")

    verb(monkeypatch, missing)
    assert cli.main(["export", "--x", "1"]) == 1
    assert capsys.readouterr().err == (
        "spikeplane: export needs the Python package scikit-learn, which is not installed; "
        "run `make setup`\n")


def test_a_missing_module_of_the_kit_is_a_defect(monkeypatch):
    def missing(args):
        raise ModuleNotFoundError("No module named 'sw.nothing'", name="sw.nothing")

    verb(monkeypatch, missing)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["export", "--x", "1"])
