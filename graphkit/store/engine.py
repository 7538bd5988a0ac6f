"""Starts and stops the embedded engine as a child process: its folder, its users, its start-up cache."""

import base64
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from graphkit.errors import StoreError

_ROUNDS = 1_000
"""The password is random and as long as the key, so stretching it protects nothing and costs every start."""
_SECONDS_TO_END = 60.0
_CACHES = 3
_WRITER = {"root": ["admin"]}
_READER = {"reader": ["reader"]}
# a resultSetLimit would make aggregates silently wrong: -1 is "none"
_READER_GROUP = {
    "resultSetLimit": -1,
    "readTimeout": -1,
    "access": [],
    "types": {"*": {"access": ["readRecord"]}},
}


@dataclass(frozen=True)
class Door:
    """Where an engine listens and who may come in; the password is random for every start."""

    uri: str
    user: str
    password: str


def require_wheel() -> str:
    """The version of the engine's wheel; raises StoreError where there is none for this machine."""
    try:
        return importlib.metadata.version("arcadedb-embedded")
    except importlib.metadata.PackageNotFoundError:
        raise StoreError(
            f"the embedded graph engine has no wheel for {platform.system()} {platform.machine()}: "
            "run the query with --to against a Neo4j instead; everything else works without it"
        ) from None


def hashed(password: str, salt: bytes) -> str:
    """A password as the engine keeps it: PBKDF2WithHmacSHA256 over the salt's base64 text.

    >>> hashed("secret", b"salt").split("$")[:3]
    ['PBKDF2WithHmacSHA256', '1000', 'c2FsdA==']
    """
    salt_text = base64.b64encode(salt).decode()
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt_text.encode(), _ROUNDS, 32)
    return f"PBKDF2WithHmacSHA256${_ROUNDS}${salt_text}${base64.b64encode(digest).decode()}"


@contextmanager
def running(
    databases: Path, root: Path, *, is_writable: bool, timeout: float, keep_open: int | None = None
) -> Iterator[tuple[Door, subprocess.Popen[bytes]]]:
    """Run the engine on the databases in ``databases`` while the block lasts; ``root`` is emptied and used by it.

    ``timeout`` is the longest a statement may run, in seconds. ``keep_open`` is a file descriptor that the child keeps
    open as long as it lives (the lock of the store). Raises StoreError when the engine does not start.
    """
    cache = _start_cache(require_wheel())
    # a query's session is what the cache is for: it is recorded in the first one, and only its orderly end writes it
    is_recording = not is_writable and not cache.is_file()
    jvm = _cache_arguments(cache, is_recording=is_recording)
    try:
        door, child = _start(databases, root, is_writable, timeout, keep_open, jvm)
    except StoreError:
        if not jvm:
            raise
        # a damaged start-up cache crashes the JVM: without one it only starts slower
        cache.unlink(missing_ok=True)
        door, child = _start(databases, root, is_writable, timeout, keep_open, [])
    try:
        yield door, child
    finally:
        if not is_writable and not is_recording:
            # nothing is to be saved, and an orderly end takes half a second
            child.kill()
        _end(child)
        _keep_recorded(cache)


def _start(
    databases: Path, root: Path, is_writable: bool, timeout: float, keep_open: int | None, jvm: list[str]
) -> tuple[Door, subprocess.Popen[bytes]]:
    user, password = _write_users(root, is_writable)
    databases.mkdir(parents=True, exist_ok=True)
    order = {
        "root": str(root.resolve()),
        "databases": str(databases.resolve()),
        "is_writable": is_writable,
        "timeout_ms": int(timeout * 1000),
        "jvm": jvm,
    }
    log = root / "engine.log"
    with log.open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "graphkit.store.embedded"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            # an interrupt typed at the terminal is for the parent, which then ends the child in order
            start_new_session=True,
            pass_fds=() if keep_open is None or sys.platform == "win32" else (keep_open,),
        )
    assert child.stdin is not None
    try:
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
        # the driver takes most of a second to import, in which the engine starts
        import graphkit.store.bolt  # noqa: F401

        port = _port_of(child)
    except (BrokenPipeError, StoreError):
        _end(child)
        raise StoreError(f"the embedded graph engine did not start: {_last_line(log)} (all of it in {log})") from None
    except BaseException:
        _end(child)
        raise
    return Door(f"bolt://127.0.0.1:{port}", user, password), child


def _write_users(root: Path, is_writable: bool) -> tuple[str, str]:
    shutil.rmtree(root, ignore_errors=True)
    config = root / "config"
    config.mkdir(mode=0o700, parents=True)
    root.chmod(0o700)
    (user, groups), *_ = (_WRITER if is_writable else _READER).items()
    password = secrets.token_urlsafe(24)
    entry = {"name": user, "password": hashed(password, secrets.token_bytes(32)), "databases": {"*": groups}}
    write_private(config / "server-users.jsonl", json.dumps(entry) + "\n")
    if not is_writable:
        reader = {"version": 1, "databases": {"*": {"groups": {"reader": _READER_GROUP}}}}
        write_private(config / "server-groups.json", json.dumps(reader))
    return user, password


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def _port_of(child: subprocess.Popen[bytes]) -> int:
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(b'{"port"'):
            return int(json.loads(line)["port"])
    raise StoreError("the engine ended before it listened")


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it gave no reason")


def _end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError):
        child.stdin.close()
    try:
        child.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    child.stdout.close()


def _start_cache(version: str) -> Path:
    """The JVM's start-up cache for this wheel, its place and this Python, in the user's cache folder."""
    spec = importlib.util.find_spec("arcadedb_embedded")
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or str(Path.home() / ".cache")
    text = "\n".join([version, sys.executable, str(spec and spec.origin)])
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Path(base) / "graphkit" / f"engine-{key}.aot"


def _cache_arguments(cache: Path, *, is_recording: bool) -> list[str]:
    quiet = ["-Xlog:aot*=off", "-Xlog:cds*=off"]
    if not is_recording:
        return [f"-XX:AOTCache={cache}", *quiet] if cache.is_file() else []
    try:
        cache.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return []
    return [f"-XX:AOTCacheOutput={_recording(cache)}", *quiet]


def _recording(cache: Path) -> Path:
    return cache.with_suffix(f".{os.getpid()}")


def _keep_recorded(cache: Path) -> None:
    recorded = _recording(cache)
    if recorded.is_file():
        recorded.replace(cache)
        # one cache an environment, 50 MB each: those of environments long gone make room
        for old in sorted(cache.parent.glob("engine-*.aot"), key=lambda path: path.stat().st_mtime)[:-_CACHES]:
            old.unlink(missing_ok=True)
