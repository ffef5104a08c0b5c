"""Opening and losing ports: devices, ptys, sockets."""
import errno
import os
import socket
import threading
import tty

import pytest
import serial

from sw.host.errors import LinkError
from sw.host.port import Port


@pytest.fixture
def pty():
    """(our end, path of the other)."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


def test_bytes_pass_both_ways_through_a_pty(pty):
    ours, path = pty
    port = Port(path)
    data = bytes(range(256))  # none of them is special
    port.write(data)
    assert os.read(ours, 300) == data
    os.write(ours, data)
    got = b""
    while len(got) < len(data):
        got += port.read(1.0)
    assert got == data
    port.close()


@pytest.mark.parametrize("refuses", [False, True])
def test_bridges_are_asked_for_short_answers_at_once(pty, monkeypatch, refuses):
    asked = []

    def ask(self, setting):
        asked.append(setting)
        if refuses:
            raise ValueError("no such flag")

    monkeypatch.setattr(serial.Serial, "set_low_latency_mode", ask)
    Port(pty[1]).close()
    assert asked == [True]


def test_read_gives_up_after_its_time(pty):
    port = Port(pty[1])
    begin = port.now()
    assert port.read(0.05) == b""
    assert 0.04 < port.now() - begin < 5
    port.close()


def test_socket_is_a_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        def echo():
            with server.accept()[0] as peer:
                peer.sendall(peer.recv(100))

        thread = threading.Thread(target=echo)
        thread.start()
        port = Port(f"socket://127.0.0.1:{server.getsockname()[1]}")
        port.write(b"spikes")
        got = b""
        while len(got) < 6:
            got += port.read(1.0)
        thread.join()
        assert got == b"spikes"
        port.close()


def test_second_host_is_refused(pty):
    port = Port(pty[1])
    with pytest.raises(LinkError, match="cannot be opened: another program uses it: close that"):
        Port(pty[1])
    port.close()
    Port(pty[1]).close()


def test_missing_port_is_one_sentence(tmp_path):
    with pytest.raises(LinkError) as error:
        Port(str(tmp_path / "ttyUSB7"))
    assert str(error.value) == (
        f"port {tmp_path}/ttyUSB7 cannot be opened: there is no such port: plug the board in, or "
        "give another one with --port")


def test_file_is_no_port(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LinkError, match=r"cannot be opened: it is not a serial port$"):
        Port(str(tmp_path / "file"))


@pytest.mark.parametrize("number, cure", [
    (errno.EACCES, "permission denied: add yourself to the group of serial ports, `sudo usermod"),
    (errno.EBUSY, "another program uses it"), (errno.ENXIO, "nothing is connected to it any more"),
])
def test_cause_and_cure_are_named(monkeypatch, number, cure):
    def refuse(*_, **__):
        raise serial.SerialException(number, f"could not open port: {os.strerror(number)}")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(LinkError, match=f"^port /dev/ttyUSB0 cannot be opened: {cure}"):
        Port("/dev/ttyUSB0")


def test_nobody_listening_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
    with pytest.raises(LinkError, match="cannot be opened: nothing listens there: start what"):
        Port(f"socket://127.0.0.1:{number}")


@pytest.mark.parametrize("url", ["socket://nowhere", "gopher://x"])
def test_url_without_sense_is_one_sentence(url):
    with pytest.raises(LinkError) as error:
        Port(url)
    assert str(error.value).startswith(f"port {url} cannot be opened: ")
    assert "\n" not in str(error.value)


def test_pulled_cable_is_one_sentence():
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    port = Port(os.ttyname(theirs))
    os.close(theirs)
    os.close(ours)
    message = "is gone, the cable was pulled or its other end stopped: connect it and start again$"
    with pytest.raises(LinkError, match=message):
        port.read(1.0)
    with pytest.raises(LinkError, match=message):
        port.write(b"x")
    port.close()


def test_board_that_takes_no_bytes_is_one_sentence(pty, monkeypatch):
    monkeypatch.setattr("sw.host.port._WRITE_SECONDS", 0.05)
    port = Port(pty[1])
    with pytest.raises(LinkError, match="takes no more bytes: is the board configured"):
        for _ in range(100):
            port.write(bytes(1000))
    port.close()
