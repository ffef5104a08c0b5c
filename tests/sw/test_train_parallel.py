"""Two processes train the network that one trains, and go on from a checkpoint exactly."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from sw.cli import main
from sw.train_checkpoint import read
from sw.train_parallel import first, same, share, sum_gradients, total

ROOT = Path(__file__).resolve().parents[2]

# 33 images in batches of 16: in the last one, which has one image, a process has nothing to do.
SCRIPT = """
import sys
from pathlib import Path

import torch

from sw import data, train_run
from sw.contract.config import ModelConfig
from sw.model import Spikformer
from sw.quantize import quantize
from sw.recipe import Recipe
from sw.train import fit
from sw.train_parallel import start

directory, stop = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
start(torch.device("cpu"))
load = data.load
data.load = lambda *arguments: load(*arguments).take(range(33))
step = train_run.Run.step

def stopped(self, *arguments):
    global stop
    stop -= 1
    if stop < 0:
        sys.exit(3)
    return step(self, *arguments)

train_run.Run.step = stopped
train_run.SAVE_SECONDS = 0.0
config = ModelConfig(image=(1, 8, 8), image_bits=5, dim=16, heads=2, steps=2, expansion=1,
                     mlp_ratio=1, attention_threshold=1)
recipe = Recipe(dataset="digits", epochs=2, batch=16, warmup=1, seed=7, shift=0.5, mixup=0.5,
                average=0.9, rate=1e-3, steps=(1, 2), frozen=1)
torch.manual_seed(7)
# In float64 no sum comes close enough to a threshold for its order to change a spike.
model = Spikformer(config, [4.9], [6.0]).double()
fit(model, recipe, directory / "float", {"kind": "float"})
fit(quantize(model.float()), recipe, directory / "quantized", {"kind": "quantized"})
"""


@pytest.fixture
def trained(tmp_path):
    """Train a float network and its quantized one in so many processes, until ``stop`` steps are
    done; returns the result of each and the output."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def run(name, processes, stop=1000):
        torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
                    str(processes)] if processes > 1 else []
        done = subprocess.run(
            [sys.executable, *torchrun, script, tmp_path / name, str(stop)], text=True,
            capture_output=True, timeout=120, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"})
        assert (done.returncode == 0) == (stop == 1000), done.stderr
        assert "Warning" not in done.stderr
        return [read(path) for path in sorted((tmp_path / name).glob("*/model.pt"))], done.stdout

    return run


def test_two_processes_give_the_result_of_one_and_resume_exactly(trained):
    pytest.importorskip("sklearn")
    one, lines = trained("one", 1)
    two, shown = trained("two", 2)
    # The first process alone reports; times are not compared.
    assert [line.split("  kept")[0] for line in shown.splitlines()] == [
        line.split("  kept")[0] for line in lines.splitlines()]
    for tolerance, a, b in zip(({"rtol": 1e-5, "atol": 1e-7}, {"rtol": 1e-3, "atol": 1e-4}),
                               one, two, strict=True):
        assert (a["kind"], a["test"], a["epoch"]) == (b["kind"], b["test"], b["epoch"])
        for name, value in a["model"].items():
            torch.testing.assert_close(b["model"][name], value, msg=name, **tolerance)
    stopped, _ = trained("parts", 2, stop=4)
    assert not stopped
    parts, lines = trained("parts", 2)
    assert lines.startswith("going on after epoch 1 and 1 batches")
    for a, b in zip(two, parts, strict=True):
        for name, value in a["model"].items():
            assert torch.equal(b["model"][name], value), name


def test_one_process_is_alone():
    assert first() and share(5) == slice(5) and total(2.5, torch.device("cpu")) == 2.5
    assert same(3, torch.device("cpu"))
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    sum_gradients(layer)
    assert layer.weight.grad.tolist() == [[1, 1]]


def test_processes_that_do_not_meet_are_refused_in_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert main(["train", "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "do not find each other" in error
    assert error.endswith("start them with torchrun\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("count", [0, 1, 2, 7, 16])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_shares_are_the_batch_in_order(monkeypatch, count, size):
    import sw.train_parallel as parallel

    monkeypatch.setattr(parallel, "distributed", lambda: True)
    monkeypatch.setattr(parallel.dist, "get_world_size", lambda: size)
    shares = []
    for rank in range(size):
        monkeypatch.setattr(parallel.dist, "get_rank", lambda rank=rank: rank)
        shares.append(list(range(count))[share(count)])
    assert [k for part in shares for k in part] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
