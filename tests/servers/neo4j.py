"""A real Neo4j Community for tests: fetched from Maven Central once, started in a temporary folder, stopped."""

import hashlib
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError

POM = Path(__file__).with_name("pom.xml")
NEEDED = "tests against a real Neo4j need Java 17 and Maven: apt-get install openjdk-17-jre-headless maven"

_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_JVM = (
    "-Xmx1g",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    # the jars are what Maven checked: to verify their classes again takes a sixth of a start
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-BytecodeVerificationRemote",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
)
# the server ends with the tests, however these end: it lives as long as its standard input is open
_KEEPER = '"$@" >>"$LOG" 2>&1 & echo $!; read -r _; kill -9 $!'
_SECONDS_TO_START = 120.0


class AbsentError(Exception):
    """This machine cannot run the server."""


def jars() -> Path:
    """The folder of the server's jars, fetched on first use into a cache keyed by the pom; raises AbsentError."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        raise AbsentError(NEEDED)
    base = Path(os.environ.get("GRAPHKIT_TEST_CACHE") or Path.home() / ".cache" / "graphkit-tests")
    folder = base / f"neo4j-{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}"
    if not folder.is_dir():
        beside = folder.with_name(f"{folder.name}.{os.getpid()}")
        goal = ("dependency:copy-dependencies", f"-DoutputDirectory={beside}", "-DincludeScope=runtime")
        subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], check=True)
        with suppress(OSError):
            # another process may have been faster
            beside.rename(folder)
        shutil.rmtree(beside, ignore_errors=True)
    return folder


class Server:
    """A server in ``home`` that can be killed and started again on its port; ``data`` is where its databases lie."""

    def __init__(self, home: Path, data: Path | None = None) -> None:
        self.home = home
        self._data = data or home / "data"
        self.port = _free_port()
        self.uri = f"bolt://127.0.0.1:{self.port}"
        self.user = "neo4j"
        self.password = secrets.token_hex(16)
        self._keeper: subprocess.Popen[str] | None = None
        self._pid = 0

    @classmethod
    def running(cls, uri: str, user: str, password: str) -> "Server":
        """One that somebody else runs: it is asked, never started or stopped."""
        server = cls(Path())
        server.uri, server.user, server.password = uri, user, password
        return server

    def start(self) -> None:
        """Start it and wait until it answers."""
        if not (self.home / "conf").is_dir():
            self._configure()
            self.admin("dbms", "set-initial-password", self.password)
        entry = ("org.neo4j.server.CommunityEntryPoint", f"--home-dir={self.home}", f"--config-dir={self.home}/conf")
        self._keeper = subprocess.Popen(
            ["sh", "-c", _KEEPER, "keeper", "java", *_JVM, "-cp", f"{jars()}/*", *entry],
            env=os.environ | {"LOG": str(self.home / "server.log")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._keeper.stdout is not None
        self._pid = int(self._keeper.stdout.readline())
        self._wait()

    def kill(self) -> None:
        """End it at once, as a power cut would, and wait until it is gone."""
        if self._keeper is None:
            return
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        with suppress(ProcessLookupError):
            os.kill(self._pid, 9)
        self._keeper.stdin.close()
        self._keeper.wait(30)
        self._keeper.stdout.close()
        self._keeper = None

    def start_with(self, folder: Path) -> str:
        """Import bulk files by the command of their README, start on them, run their schema; what the importer said."""
        self.admin("dbms", "set-initial-password", self.password)
        readme = (folder / "README.md").read_text(encoding="utf-8")
        command = re.search(r"```sh\n(neo4j-admin .*?)```", readme, re.DOTALL)
        assert command is not None
        said = self.admin(*shlex.split(command[1].replace("\\\n", " "))[1:], within=folder)
        self.start()
        with self.driver() as driver:
            for statement in (folder / "schema.cypher").read_text(encoding="utf-8").split(";\n")[:-1]:
                driver.execute_query(statement)
            driver.execute_query("CALL db.awaitIndexes(300)")
            # an import knows only the properties that some row has, a push names them all, as queries do
            headers = [path.read_text(encoding="utf-8").strip() for path in sorted(folder.glob("*.header.csv"))]
            names = sorted({name.partition(":")[0] for header in headers for name in header.split(",")} - {""})
            driver.execute_query("UNWIND $names AS name CALL db.createProperty(name)", names=names)
        return said

    def admin(self, *words: str, within: Path | None = None) -> str:
        """Run the server's own admin command on its home, in a folder; gives what it printed."""
        if not (self.home / "conf").is_dir():
            self._configure()
        environment = os.environ | {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}
        command = ["java", *_JVM, "-cp", f"{jars()}/*", "org.neo4j.cli.AdminTool", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=within)
        if done.returncode:
            raise RuntimeError(f"neo4j-admin {words[0]} {words[1]} failed: {done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def driver(self, **options: object) -> neo4j.Driver:
        """A driver that may do everything."""
        return neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password), **options)

    def clear(self) -> None:
        """Remove every node and relationship."""
        with self.driver() as driver, driver.session() as session:
            # relationships on their own: those of a busy node would not fit into one transaction
            session.run("MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS").consume()
            session.run("MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 20000 ROWS").consume()

    def empty(self) -> None:
        """Remove every node, relationship, constraint and index."""
        self.clear()
        with self.driver() as driver, driver.session() as session:
            for name in session.run("SHOW CONSTRAINTS YIELD name").value():
                session.run(f"DROP CONSTRAINT `{name}`").consume()
            for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
                session.run(f"DROP INDEX `{name}`").consume()

    def _configure(self) -> None:
        lines = (
            f"server.bolt.listen_address=127.0.0.1:{self.port}",
            "server.http.enabled=false",
            "server.https.enabled=false",
            "dbms.usage_report.enabled=false",
            "db.tx_log.preallocate=false",
            # a plan is made once for a statement, however often the database is emptied and filled again
            "dbms.cypher.min_replan_interval=1d",
            "internal.server.bolt.thread_pool_shutdown_wait_time=0s",
            "server.directories.import=import",
            "dbms.security.allow_csv_import_from_file_urls=false",
            "internal.dbms.cypher_ip_blocklist=0.0.0.0/0,::/0",
            f"server.directories.data={self._data}",
        )
        for name in ("conf", "data", "logs", "import"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        (self.home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _wait(self) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                with self.driver() as driver, driver.session() as session:
                    session.run("RETURN 1").consume()
                return
            except (DriverError, Neo4jError, OSError) as error:
                if time.monotonic() > deadline or not _is_alive(self._pid):
                    log = (self.home / "server.log").read_text(encoding="utf-8", errors="replace")
                    self.kill()
                    raise RuntimeError(f"Neo4j did not start ({error}): {log[-2000:]}") from None
                time.sleep(0.2)


@contextmanager
def own_server(home: Path) -> Iterator[Server]:
    """A server that is not started yet, and ends with the block."""
    require_jars()
    server = Server(home)
    try:
        yield server
    finally:
        server.kill()


def require_jars() -> None:
    """The server's jars are there, or the test fails in CI and is skipped elsewhere: a laptop may lack Java."""
    try:
        jars()
    except AbsentError as absent:
        # a check that nobody runs would be worth nothing
        if os.environ.get("CI"):
            pytest.fail(str(absent))
        pytest.skip(str(absent))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
