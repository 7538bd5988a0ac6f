"""The embedded engine: the program of the child process that runs ArcadeDB, and nothing else of graphkit.

It is started by ``engine.py`` as ``python -m graphkit.store.embedded``. The first line of its standard input is a JSON
object: ``root`` (folder for configuration and log), ``databases`` (folder of the databases), ``is_writable``,
``timeout_ms`` and ``jvm`` (further JVM arguments). It prints ``{"port": …}`` once it answers on loopback and ends when
its standard input closes, so it never outlives the process that started it. No secret passes through its arguments or
its environment: the password lies hashed in the configuration folder.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

DATABASE = "graph"
"""The name of the one database that the engine holds."""

_LEFT_OUT = ("studio", "mcp", "postgresw", "redisw", "graphql", "console")
"""Doors of the server that nobody here needs; their jars stay off the class path."""

_JVM = (
    "-Xmx2g",
    "-XX:+UseSerialGC",
    "-XX:+UseCompactObjectHeaders",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Dpolyglot.engine.WarnInterpreterOnly=false",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF8",
)

_SETTINGS = {
    "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
    "bolt.host": "127.0.0.1",
    "bolt.port": "0",
    "server.httpIncomingHost": "127.0.0.1",
    "server.httpIncomingPort": "0",
    # production mode hides every error text
    "server.mode": "development",
    "opencypher.loadCsv.allowFileUrls": "false",
    "opencypher.loadCsv.allowRemoteUrls": "false",
    "polyglotEngineEnabled": "false",
    "serverMetrics": "false",
    "support.autoRegister": "false",
    # the default of 500,000 makes larger sorts and groupings fail
    "queryMaxHeapElementsAllowedPerOp": "5000000",
}

_SECONDS_TO_STOP = 10.0


def class_path() -> list[str]:
    """The jars that the engine runs with, in a stable order; raises ImportError where no wheel is installed."""
    from arcadedb_embedded.jvm import get_jar_path

    jars = sorted(Path(get_jar_path()).glob("*.jar"))
    return [str(jar) for jar in jars if not jar.name.startswith(tuple(f"arcadedb-{part}-" for part in _LEFT_OUT))]


def _arguments(order: dict[str, Any]) -> list[str]:
    settings = _SETTINGS | {
        "server.rootPath": order["root"],
        "server.databaseDirectory": order["databases"],
        "command.timeout": str(order["timeout_ms"]),
    }
    if order["is_writable"]:
        settings["server.defaultDatabases"] = f"{DATABASE}[]"
    else:
        settings["server.defaultDatabaseMode"] = "READ_ONLY"
    return [*_JVM, *order["jvm"], *(f"-Darcadedb.{name}={value}" for name, value in settings.items())]


def _bolt_port(server: Any) -> int:
    for plugin in server.getPlugins():
        if str(plugin.getName()) == "Neo4j-Bolt":
            return int(plugin.getPort())
    raise RuntimeError("the engine started without its Bolt listener")


def main() -> None:
    """Start the server as the first line of standard input says, serve until standard input closes, stop."""
    order = json.loads(sys.stdin.readline())
    # the bridge would load numpy, which nothing here passes through it
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import jpype
    from arcadedb_embedded.jvm import get_bundled_jre_lib_path

    os.chdir(order["root"])
    jpype.startJVM(get_bundled_jre_lib_path(), *_arguments(order), classpath=class_path(), interrupt=False)
    server = jpype.JClass("com.arcadedb.server.ArcadeDBServer")()
    server.start()
    print(json.dumps({"port": _bolt_port(server)}), flush=True)
    sys.stdin.read()
    # a query that is still running must not keep the process alive
    watchdog = threading.Timer(_SECONDS_TO_STOP, os._exit, args=(1,))
    watchdog.daemon = True
    watchdog.start()
    server.stop()
    watchdog.cancel()
    # unlike an orderly end of the JVM this waits for no connection that is still open
    jpype.JClass("java.lang.Runtime").getRuntime().exit(0)


if __name__ == "__main__":
    main()
