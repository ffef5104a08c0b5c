"""Directories that are made once."""
import multiprocessing
import os
import time

import pytest

from sw.contract.cache import digest, once


def make_slowly(target, log):
    """Runs in several processes at once."""
    def make(directory):
        with open(log, "a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(0.2)
        (directory / "content").write_text("done")

    assert (once(target, make) / "content").read_text() == "done"


def test_made_once_by_concurrent_processes(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=make_slowly, args=(tmp_path / "made", tmp_path / "log"))
               for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 6
    assert len((tmp_path / "log").read_text().splitlines()) == 1


def test_failure_leaves_nothing_that_looks_finished(tmp_path):
    def fail(directory):
        (directory / "half").write_text("")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        once(tmp_path / "made", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["made.lock"]
    once(tmp_path / "made", lambda directory: (directory / "whole").write_text(""))
    assert (tmp_path / "made" / "whole").exists()


def test_existing_directory_is_not_touched(tmp_path):
    (tmp_path / "made").mkdir()
    once(tmp_path / "made", lambda directory: pytest.fail("made again"))


@pytest.mark.parametrize("a, b", [
    (("ab", "c"), ("a", "bc")), (("a",), ("a", "")), (("a", "b"), ("b", "a"))])
def test_digest_separates_parts(a, b):
    assert digest(*a) != digest(*b)
    assert digest(*a) == digest(*(part.encode() for part in a))
