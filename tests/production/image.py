"""Dockerfile and docker-compose.yml, read so that their commands can be run on a bare machine: no Docker here."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def compose() -> dict[str, Any]:
    """docker-compose.yml as Compose reads it with nothing set around it."""
    return filled_in(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


def filled_in(value: Any) -> Any:
    """`${NAME:-default}` is the default, `$$` a dollar."""
    if isinstance(value, dict):
        return {name: filled_in(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled_in(inner) for inner in value]
    if isinstance(value, str):
        return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value).replace("$$", "$")
    return value


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's lines as (instruction, rest)."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    return [(word, rest.strip()) for word, _space, rest in (line.partition(" ") for line in text.splitlines() if line)]


def the(instruction: str) -> str:
    """The last of this instruction, which is the one that counts."""
    return [rest for word, rest in instructions() if word == instruction][-1]


def health_command() -> list[str]:
    return json.loads(the("HEALTHCHECK").partition(" CMD ")[2])


def environment() -> dict[str, str]:
    """What ENV sets for the processes of the image."""
    pairs = [pair for word, rest in instructions() if word == "ENV" for pair in rest.split()]
    return dict(pair.split("=", 1) for pair in pairs)


def image_files() -> list[str]:
    """What .dockerignore lets into the image (`*`, then the exceptions)."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return [line[1:] for line in lines if line.startswith("!")]


class Container:
    """The image's file system in a folder, with everything outside of it replaced by what the test gives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.app = folder / "app"
        for name in image_files():
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.app / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                self.app.mkdir(exist_ok=True)
                shutil.copy(source, self.app / name)
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        self.instead = {
            "/run/secrets": str(self.secrets),
            "/opt/venv/bin": str(Path(sys.executable).parent),
            "/var/lib/pressroom": str(folder / "var"),
            "/app": str(self.app),
            "/tmp/build": str(folder / "build"),
            "/data": str(folder / "data"),
        }

    def here(self, text: str) -> str:
        """A value or word of the files, with the container's places replaced by ours."""
        places = "|".join(re.escape(place) for place in self.instead)
        return re.sub(rf"(?:{places})(?![\w-])", lambda found: self.instead[found.group()], text)

    def command(self, words: list[str]) -> list[str]:
        return [self.here(word) for word in words]
