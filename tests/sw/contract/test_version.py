import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from sw.contract import version

ROOT = Path(version.__file__).parents[2]


@pytest.fixture(autouse=True)
def forget():
    version.version.cache_clear()
    version.revision.cache_clear()
    yield
    version.version.cache_clear()
    version.revision.cache_clear()


def test_version_is_that_of_the_project():
    with open(ROOT / "pyproject.toml", "rb") as file:
        assert version.version() == tomllib.load(file)["project"]["version"]


def test_revision_names_a_commit():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    assert re.fullmatch(r"[0-9a-f]{12,}(-dirty)?|.+-g[0-9a-f]{12,}(-dirty)?", version.revision())


@pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 10)],
                         ids=["no-git", "timeout"])
def test_no_git_gives_no_revision(monkeypatch, error):
    def fail(*args, **kwargs):
        raise error
    monkeypatch.setattr(subprocess, "run", fail)
    assert version.revision() == ""


def test_no_checkout_gives_no_revision(monkeypatch, tmp_path):
    monkeypatch.setattr(version, "_ROOT", tmp_path)
    assert version.revision() == ""
