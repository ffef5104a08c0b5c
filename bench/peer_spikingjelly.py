"""Install SpikingJelly into an environment of its own, once, and run a module of `bench` there.

SpikingJelly asks for torchvision, which its neuron does not use: it is installed without its
dependencies, so that neither ever enters the kit's own environment.
"""
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv-peer"
PYTHON = ENVIRONMENT / "bin" / "python"
PACKAGES = [["torch==2.13.0", "numpy>=2.0,<3", "safetensors>=0.5,<1"],
            ["--no-deps", "spikingjelly==0.0.0.0.14"]]


def install() -> None:
    """Make the environment; the stamp is written last, an interrupted installation starts again."""
    stamp = ENVIRONMENT / "installed"
    if stamp.exists():
        return
    print("peer: installing torch and SpikingJelly into .venv-peer, a few minutes", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    for packages in PACKAGES:
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", *packages], check=True)
    stamp.touch()


def main() -> int:
    try:
        install()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"peer: SpikingJelly cannot be installed: {error}", file=sys.stderr)
        return 1
    return subprocess.run([PYTHON, "-m", *sys.argv[1:]], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
