"""The embedded Valkey, with the real server."""

import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from config.redis import embedded_socket, embedded_url
from jobs import embedded


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A folder with a short name, whatever the length of pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="pr-"))
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def connect(var_dir: Path) -> Redis:
    return Redis.from_url(embedded_url(var_dir), decode_responses=True)


def test_start_and_stop(var_dir):
    assert not embedded.is_running(var_dir)
    process = embedded.start(var_dir)
    assert embedded.is_running(var_dir)
    path = embedded_socket(var_dir)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    settings = connect(var_dir).config_get()
    assert settings["port"] == "0"
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["maxmemory-policy"] == "noeviction"
    assert embedded.stop(var_dir) is True
    assert process.wait(5) == 0
    assert not embedded.is_running(var_dir)
    assert embedded.stop(var_dir) is False


def test_kill_9_keeps_the_data_and_leaves_a_stale_socket_that_is_no_hindrance(var_dir):
    process = embedded.start(var_dir)
    connect(var_dir).set("kept", "yes")
    process.send_signal(signal.SIGKILL)
    process.wait(5)
    assert embedded_socket(var_dir).exists()
    embedded.start(var_dir)
    assert connect(var_dir).get("kept") == "yes"


def test_an_orphan_is_shut_down_and_its_data_taken_over(var_dir):
    orphan = embedded.start(var_dir)
    connect(var_dir).set("kept", "yes")
    embedded.start(var_dir)
    assert orphan.wait(5) == 0
    assert connect(var_dir).get("kept") == "yes"


def test_somebody_elses_server_is_never_touched(var_dir):
    other = Path(tempfile.mkdtemp(prefix="pr-"))
    config = other / "their.conf"
    config.write_text(f'dir {other}\nport 0\nsave ""\nunixsocket {embedded.home(var_dir)}/valkey.sock\n')
    binary = embedded.command(other)[0]
    theirs = subprocess.Popen([binary, str(config)], stdout=subprocess.DEVNULL)
    try:
        embedded.wait_until_ready(var_dir, alive=lambda: theirs.poll() is None)
        with pytest.raises(embedded.EmbeddedError, match="another program answers"):
            embedded.start(var_dir)
        assert theirs.poll() is None
        assert connect(var_dir).ping()
    finally:
        theirs.terminate()
        theirs.wait(5)
        shutil.rmtree(other)


def test_a_long_path_gives_a_port_with_a_password(var_dir):
    deep = var_dir / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    assert embedded_socket(deep) is None
    process = embedded.start(deep)
    try:
        assert embedded.is_running(deep)
        port = int((deep / "valkey" / "port").read_text())
        for secret in ("password", "valkey.conf"):
            assert stat.S_IMODE((deep / "valkey" / secret).stat().st_mode) == 0o600
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(b"PING\r\n")
            assert stranger.recv(100).startswith(b"-NOAUTH")
        process.send_signal(signal.SIGKILL)
        process.wait(5)
        process = embedded.start(deep)
        assert int((deep / "valkey" / "port").read_text()) == port
    finally:
        embedded.stop(deep)
        process.wait(5)


def test_a_server_that_ends_at_once_says_why(var_dir, monkeypatch):
    monkeypatch.setattr(embedded, "_configuration", lambda *args: "no-such-directive yes\n")
    with pytest.raises(embedded.EmbeddedError, match="no-such-directive"):
        embedded.start(var_dir)


def test_a_folder_with_a_space_and_a_quote_in_its_name(var_dir):
    odd = var_dir / 'a "b" c'
    odd.mkdir()
    process = embedded.start(odd)
    assert embedded.is_running(odd)
    embedded.stop(odd)
    assert process.wait(5) == 0
