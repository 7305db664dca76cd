"""A real PostgreSQL server on loopback, started for the tests and gone after them."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "canary-7Q/x@9:z"
"""Of the role that may only read; its characters need to be escaped in a URL."""
_INIT = ("--encoding=UTF8", "--locale=C", "--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256")


@dataclass
class Server:
    """A server with an owner who needs no password on its socket, and a reader who does on loopback."""

    folder: Path
    port: int

    def connect(self, database="postgres"):
        """Connect as the owner."""
        import psycopg

        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True
        )

    def database(self, name):
        """Make an empty database that the reader may read, and connect to it as the owner."""
        with self.connect() as con:
            con.execute(f"CREATE DATABASE {name}")
        con = self.connect(name)
        con.execute("GRANT USAGE ON SCHEMA public TO reader")
        con.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader")
        return con

    def url(self, database, password="env:SHOP_PASSWORD", user="reader"):
        """Return the URL under which the reader reads."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def server():
    """Start a server, and end it."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's server (initdb, postgres) is not installed")
    if os.name == "nt":
        pytest.skip("the server is started as on Linux and macOS")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    settings = _other_user(folder)
    data = folder / "data"
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", *_INIT],
            check=True,
            capture_output=True,
            cwd=folder,
            **settings,
        )
        port = _free_port()
        options = ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off"]
        with (folder / "log").open("wb") as log:
            started = subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(port), *(f"-c{option}" for option in options)],
                stdout=log,
                stderr=log,
                cwd=folder,
                **settings,
            )
        try:
            running = Server(folder, port)
            _wait(running, started)
            with running.connect() as con:
                con.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
            yield running
        finally:
            started.send_signal(signal.SIGQUIT)
            started.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs():
    found = [Path(each) for each in [shutil.which("initdb")] if each]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts)
    return found[-1].parent if found else None


def _other_user(folder):
    """Root may not run a server: somebody else does then, who owns the folder."""
    if os.getuid() != 0:
        return {}
    import pwd

    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": {"PATH": os.defpath}}


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait(running, process):
    import psycopg

    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            running.connect().close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    sys.exit((running.folder / "log").read_text())
