"""The rules that keep the data flow visible, read off the syntax trees."""
import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

import hw
import sim
import sw

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(path for top in ("hw", "sw", "sim", "bench", "tests")
              for path in (ROOT / top).rglob("*.py"))
TEXT = CODE + sorted(path for pattern in ("*.sv", "*.cpp", "*.hpp")
                     for path in (ROOT / "sim").rglob(pattern))
PRODUCT = [path for path in CODE if path.relative_to(ROOT).parts[0] in ("hw", "sw", "sim")]

TORCH = ["sw/model*.py", "sw/neuron*.py", "sw/pretrain*.py", "sw/train*.py",
         "sw/quantize*.py", "sw/export*.py", "sw/evaluate.py", "sw/import_checkpoint.py",
         "sw/commands/pretrain.py", "sw/commands/train.py", "sw/commands/quantize.py"]
"""The training half; nothing else may need torch."""

COMPARATOR = ["sim.compare"]
"""Shared by every level, so the verbs of ``sw`` may use it too."""

# Files: what they may import besides the standard library and their own package.
ALLOWED = {
    "sw/contract/*": {"numpy", "safetensors"},
    "sw/golden/*": {"numpy", "sw.contract"},
    "sw/host/*": {"numpy", "serial", "sw.contract"},
}

# Files: what they may not import.
FORBIDDEN = {
    "hw/*": {"sim", "torch"},
    "sw/*": {"hw", "sim", "amaranth", "cocotb"},
    "sim/*": {"torch"},
}


def name(path):
    return path.relative_to(ROOT).as_posix()


def tree(path):
    return ast.parse(path.read_text())


def imports(path):
    """Dotted names of the modules a file imports, relative ones resolved, lazy ones included."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module or "").split("."))).strip(".")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(module, packages):
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("package", [hw, sw, sim], ids=lambda package: package.__name__)
def test_packages_come_from_this_repository(package):
    assert Path(package.__file__).resolve().is_relative_to(ROOT)


@pytest.mark.parametrize("pattern", ALLOWED)
def test_imports_nothing_else(pattern):
    own = pattern.removesuffix("/*").replace("/", ".")
    for path in PRODUCT:
        if fnmatch(name(path), pattern):
            for module in imports(path):
                allowed = within(module, {own, *ALLOWED[pattern], *sys.stdlib_module_names})
                assert allowed, f"{name(path)} imports {module}"


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_does_not_import(pattern):
    for path in PRODUCT:
        if fnmatch(name(path), pattern):
            for module in imports(path):
                allowed = not within(module, FORBIDDEN[pattern]) or (
                    name(path).startswith("sw/commands/") and within(module, COMPARATOR))
                assert allowed, f"{name(path)} imports {module}"


def test_hardware_sees_only_the_contract_of_the_software():
    for path in PRODUCT:
        if name(path).startswith("hw/"):
            for module in imports(path):
                allowed = not within(module, {"sw"}) or within(module, {"sw.contract"})
                assert allowed, f"{name(path)} imports {module}"


def test_torch_stays_in_the_training_half():
    for path in PRODUCT:
        if any(fnmatch(name(path), pattern) for pattern in TORCH):
            continue
        for module in imports(path):
            assert not within(module, {"torch"}), f"{name(path)} imports {module}"


def test_command_line_loads_without_torch_amaranth_and_cocotb():
    check = ("import sys, sw.cli\n"
             "print(sorted({'torch', 'amaranth', 'cocotb', 'matplotlib'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_no_file_is_long():
    for path in TEXT:
        lines = len(path.read_text().splitlines())
        assert lines <= 400, f"{name(path)} has {lines} lines"


def test_nothing_tampers_with_the_import_path():
    for path in CODE:
        for node in ast.walk(tree(path)):
            changed = []
            if isinstance(node, ast.Assign | ast.AugAssign):
                changed = node.targets if isinstance(node, ast.Assign) else [node.target]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                changed = [node.func.value]
            assert "sys.path" not in map(ast.unparse, changed), f"{name(path)}:{node.lineno}"


def test_tests_are_not_packages():
    # With one `__init__.py`, `import hw` could find tests/hw.
    assert not [name(path) for path in CODE if name(path).startswith("tests/")
                and path.name == "__init__.py"]


def components():
    for path in PRODUCT:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and any(
                    ast.unparse(base) in ("wiring.Component", "Component") for base in node.bases):
                yield pytest.param(node, id=f"{name(path)}:{node.name}")


@pytest.mark.parametrize("component", list(components()))
def test_component_states_its_timing(component):
    assert "Timing:" in (ast.get_docstring(component) or "")
