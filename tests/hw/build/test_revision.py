"""Which commit names the hardware's sources."""
import subprocess

import pytest

from hw.build.revision import SOURCES, hardware_revision
from sw.contract.errors import SpikeplaneError


def git(root, *arguments):
    return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments],
                          cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root, path, text="text"):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    git(root, "add", path)
    git(root, "commit", "-m", path)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init")
    return tmp_path


def test_last_commit_that_touched_the_hardware(checkout):
    first = commit(checkout, "hw/core/core.py")
    assert hardware_revision(root=checkout) == first[:12]
    commit(checkout, "bitstreams/x/manifest.json")
    commit(checkout, "hw/compiler/lowering.py")
    assert hardware_revision(root=checkout) == first[:12]
    assert hardware_revision(root=checkout) != commit(checkout, "sw/contract/link.py")[:12]


def test_sources_are_those_of_this_checkout():
    root = hardware_revision.__kwdefaults__["root"]
    assert not [path for path in SOURCES if not (root / path).exists()]


def test_what_is_not_committed_is_refused_or_marked(checkout):
    revision = commit(checkout, "hw/config.py")[:12]
    (checkout / "hw/config.py").write_text("changed")
    (checkout / "docs").mkdir()
    (checkout / "docs/page.md").write_text("not hardware")
    with pytest.raises(SpikeplaneError) as error:
        hardware_revision(root=checkout)
    assert str(error.value) == (
        "hw/config.py is not committed, so no revision names what would be built; commit it, or "
        "give --dirty to build a bitstream that says so")
    assert hardware_revision(dirty=True, root=checkout) == f"{revision}-dirty"


def test_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SpikeplaneError, match=r"cannot be read: .*; build from a git checkout"):
        hardware_revision(root=tmp_path)


def test_before_the_first_commit(checkout):
    commit(checkout, "README.md")
    with pytest.raises(SpikeplaneError, match="no commit holds the hardware's sources"):
        hardware_revision(root=checkout)


def test_without_git(checkout, monkeypatch):
    monkeypatch.setenv("PATH", str(checkout))
    with pytest.raises(SpikeplaneError, match="git is not installed"):
        hardware_revision(root=checkout)
