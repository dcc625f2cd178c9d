"""Where Redis is: the environment's, else the embedded Valkey under VAR_DIR."""

from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# sun_path holds 108 bytes with the closing zero byte (unix(7)).
LONGEST_SOCKET_PATH = 107


def checked(url: str) -> str:
    """`url`, if a client can read it; raises ImproperlyConfigured with the cure, which does not tell its password."""
    parts = urlsplit(url)
    try:
        _ = parts.port
        readable = (parts.scheme in ("redis", "rediss") and bool(parts.hostname)) or parts.scheme == "unix"
    except ValueError:  # of the port: usually a password with @, / or # in it
        readable = False
    if not readable:
        raise ImproperlyConfigured(
            "REDIS_URL is no address of a Redis. Write redis://:password@host:6379/0 (rediss:// with TLS, unix:///path "
            "for a socket; inside the password %40 for @, %2F for /, %23 for #, %25 for %), or leave it out."
        )
    return url


def from_parts(host: str, port: int, password: str, db: int) -> str:
    """A redis:// URL of REDIS_HOST, REDIS_PORT, REDIS_PASSWORD and REDIS_DB."""
    login = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{login}{host}:{port}/{db}"


def embedded_socket(var_dir: Path) -> Path | None:
    """The unix socket of the embedded server, or None where its path would be too long."""
    path = var_dir / "valkey" / "valkey.sock"
    return path if len(str(path).encode()) <= LONGEST_SOCKET_PATH else None


def embedded_url(var_dir: Path) -> str:
    """The URL of the embedded server; port 0 where it has to be a port and none runs yet."""
    if socket := embedded_socket(var_dir):
        return f"unix://{quote(str(socket))}?db=0"
    port_file, password_file = var_dir / "valkey" / "port", var_dir / "valkey" / "password"
    if not (port_file.exists() and password_file.exists()):
        return from_parts("127.0.0.1", 0, "", 0)
    return from_parts("127.0.0.1", int(port_file.read_text()), password_file.read_text(), 0)
