"""The table of defects is sound, and a campaign tells a caught one from a survivor."""
import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sim import run_mutants
from sim.mutants import MUTANTS, Mutant
from sim.run_mutants import report_campaign
from sw import cli
from sw.contract.errors import SpikeplaneError

ROOT = Path(__file__).resolve().parents[2]
CODE = "def double(x):\n    return x + x\n\n\ndef half(x):\n    return x // 2\n"
TESTS = """
from code_under_test import double, half

def test_double():
    assert double(3) == 6

def test_half_of_zero():
    assert half(0) == 0

def test_half():
    assert half(4) == 2

def test_wrong():
    assert half(5) == 3
"""


def test_names_are_unique():
    assert [name for name, n in Counter(mutant.name for mutant in MUTANTS).items() if n > 1] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_text_occurs_once_and_changes_something(mutant):
    text = (ROOT / mutant.path).read_text()
    assert text.count(mutant.old) == 1
    ast.parse(text.replace(mutant.old, mutant.new))
    assert mutant.old != mutant.new


def test_named_tests_exist():
    tests = sorted({mutant.test for mutant in MUTANTS})
    done = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-q", *tests],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(tests) <= set(done.stdout.splitlines())


def test_every_part_of_the_kit_is_hit():
    parts = Counter("/".join(mutant.path.split("/")[:2]) for mutant in MUTANTS)
    assert parts["hw/core"] >= 30 and parts["sw/golden"] >= 10 and parts["hw/compiler"] >= 10
    assert sum("tests/sim/" in mutant.test for mutant in MUTANTS) >= 3
    # No component of the core is left out.
    assert {mutant.path for mutant in MUTANTS} >= {
        f"hw/core/{path.name}" for path in (ROOT / "hw/core").glob("*.py")
        if path.stem not in ("__init__", "layouts", "tokens")}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    root = tmp_path_factory.mktemp("checkout")
    (root / "code_under_test.py").write_text(CODE)
    (root / "test_code.py").write_text(TESTS)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    for arguments in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return root


def mutant(old, new, test, name="a defect"):
    return Mutant(name, "code_under_test.py", old, new, f"test_code.py::{test}")


def test_caught_and_surviving(checkout, tmp_path, capsys):
    caught = mutant("x + x", "x + 2", "test_double", name="wrong sum")
    survivor = mutant("x // 2", "x // 3", "test_half_of_zero", name="third")
    crash = mutant("x // 2", "x // 0", "test_half", name="crash")
    table = tmp_path / "table.md"
    assert report_campaign(checkout, [caught, survivor, crash], seed=1, write=table) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "3 mutants, 1 caught"
    assert "not caught: third (code_under_test.py): test_code.py::test_half_of_zero passed" in lines
    assert ("not caught: crash (code_under_test.py): test_code.py::test_half fell over: "
            "ZeroDivisionError: integer division or modulo by zero") in lines
    assert "| wrong sum | `code_under_test.py` | `test_code.py::test_double` |" in table.read_text()
    assert "| third | `code_under_test.py` | `-` |" in table.read_text()


def test_all_caught_and_nothing_left_behind(checkout):
    assert report_campaign(checkout, [mutant("x + x", "x + 2", "test_double")], seed=1) == 0
    assert (checkout / "code_under_test.py").read_text() == CODE
    assert list((checkout / "build" / "mutants").iterdir()) == []


@pytest.mark.parametrize("defect, message", [
    pytest.param(mutant("return x", "return 1", "test_double"),
                 r"^mutant 'a defect': its text occurs 2 times in code_under_test\.py",
                 id="ambiguous"),
    pytest.param(mutant("x + x", "x + 2", "test_wrong"),
                 r"^test test_code\.py::test_wrong must pass before a defect is planted, but it "
                 "failed; run it with pytest$", id="fails-anyway"),
    pytest.param(mutant("x + x", "x + 2", "test_none"),
                 "but it did not run, pytest ended with status 4", id="no-such-test"),
])
def test_table_that_proves_nothing_is_refused(checkout, defect, message):
    with pytest.raises(SpikeplaneError, match=message):
        report_campaign(checkout, [defect], seed=1)


def test_syntax_error_is_not_caught(checkout, capsys):
    assert report_campaign(checkout, [mutant("x + x", "x +", "test_double")], seed=1) == 1
    assert "did not run, pytest ended with status" in capsys.readouterr().out


def test_verb(monkeypatch, capsys, checkout):
    monkeypatch.setattr(run_mutants, "_ROOT", checkout)
    monkeypatch.setattr(run_mutants, "MUTANTS", [
        mutant("x + x", "x + 2", "test_double", name="sum"),
        mutant("x // 2", "x // 3", "test_half", name="third")])
    assert cli.main(["mutants", "--only", "third"]) == 0
    assert capsys.readouterr().out.endswith("1 mutants, 1 caught\n")
    assert cli.main(["mutants", "--only", "other"]) == 1
    assert capsys.readouterr().err == (
        "spikeplane: no mutant is called 'other'; sim/mutants has the names\n")
