"""Files from outside: into a file piece by piece, guarded at every hop, ended by size, time and the caller."""

import pytest

from integrations import http
from integrations.addresses import Guard
from integrations.errors import AddressRefused, NoAnswer, Overloaded, Refused
from tests.integrations import stub_server


@pytest.fixture
def server():
    stub = stub_server.Stub(lambda stub, seen: stub_server.send(200, b"x" * 200_000, Content_Type="video/mp4"))
    with stub_server.served(stub):
        yield stub


@pytest.fixture
def fetch(server, tmp_path):
    def get(path="/a.mp4", *, max_bytes=1_000_000, seconds=5.0, on_part=lambda size: None):
        guard = Guard([server.url.removeprefix("http://")])
        target = tmp_path / "file"
        return http.download(
            guard, server.url + path, target, max_bytes=max_bytes, seconds=seconds, on_part=on_part
        ), target

    return get


def test_the_file_is_there_and_progress_was_told(fetch):
    told = []
    kind, target = fetch(on_part=told.append)
    assert (kind.split(",")[0], target.stat().st_size, told[-1]) == ("video/mp4", 200_000, 200_000)
    assert told == sorted(told)


def test_too_many_bytes_end_it(server, fetch):
    with pytest.raises(Refused, match="more than"):
        fetch(max_bytes=100_000)
    server.then(stub_server.drip(pause=0.0))
    with pytest.raises(Refused, match="more than"):
        fetch(max_bytes=300_000)


def test_too_much_time_ends_it(server, fetch):
    server.then(stub_server.drip(b"x", pause=0.05))
    with pytest.raises(NoAnswer):
        fetch(seconds=0.5)


def test_the_caller_ends_it(fetch):
    class Enough(Exception):
        pass

    def stop(size):
        raise Enough

    with pytest.raises(Enough):
        fetch(on_part=stop)


def test_redirects_are_checked_and_counted(server, fetch):
    server.then(stub_server.redirect(f"{server.url}/b.mp4"))
    assert fetch()[0].startswith("video/mp4")
    server.then(stub_server.redirect("http://169.254.169.254/latest/meta-data/"))
    with pytest.raises(AddressRefused):
        fetch()
    server.then(*[stub_server.redirect(f"{server.url}/again") for _ in range(5)])
    with pytest.raises(Refused, match="status 302"):
        fetch()


@pytest.mark.parametrize(("status", "error"), [(404, Refused), (403, Refused), (503, Overloaded), (429, Overloaded)])
def test_other_answers_say_what_came(server, fetch, status, error):
    server.then(stub_server.send(status, b"no"))
    with pytest.raises(error, match=str(status)):
        fetch()
