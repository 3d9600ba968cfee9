"""Storage that can lose its power, and storage that can be full."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from .cluster import own_like
from .forgetful import attach, unmount

MISSING = """`make faults` needs root and FUSE (/dev/fuse, and `fuse` in /proc/filesystems): run it as
root, load the kernel module `fuse` (modprobe fuse), and in a container give it --device /dev/fuse
--cap-add SYS_ADMIN. Nothing else has to be installed. A power cut that cannot be made proves nothing,
so these tests fail instead of being skipped."""


def require_fuse() -> None:
    """Fail loudly where this machine cannot mount FUSE."""
    kinds = Path("/proc/filesystems").read_text(encoding="ascii").split()
    if os.geteuid() != 0 or not Path("/dev/fuse").exists() or "fuse" not in kinds:
        raise RuntimeError(MISSING)


class Storage:
    """Mounted at `point`; `cut()` loses what was not fsynced, `mount()` brings the rest back."""

    def __init__(self, folder: Path) -> None:
        require_fuse()
        self.point, self._seen, self._durable = (folder / n for n in ("disk", "seen", "durable"))
        for path in (self.point, self._seen, self._durable):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None

    def hold(self, tree: Path, name: str) -> Path:
        """Put a tree onto the unmounted storage, durable; its path once mounted."""
        shutil.copytree(tree, self._durable / name, symlinks=True)
        own_like(tree, self._durable / name)
        return self.point / name

    def mount(self) -> None:
        """Mount what is durable."""
        shutil.rmtree(self._seen)
        shutil.copytree(self._durable, self._seen, symlinks=True)
        own_like(self._durable, self._seen)
        command = [sys.executable, "-m", "faults.forgetful"]
        self._process = subprocess.Popen(  # noqa: S603
            [*command, self.point, self._seen, self._durable], start_new_session=True
        )
        end = time.monotonic() + 20
        while not self.point.is_mount():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"FUSE could not be mounted.\n{MISSING}")
            time.sleep(0.02)

    def cut(self) -> None:
        """The power goes. Whoever writes here must have been killed before."""
        unmount(self.point)
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


class SmallDisk:
    """A tmpfs of a fixed size: a disk that can be full."""

    def __init__(self, folder: Path) -> None:
        require_fuse()
        self.point = folder / "disk"
        self.point.mkdir(parents=True)
        folder.chmod(0o755)

    def mount(self, size: int) -> None:
        """Mount an empty one of so many bytes."""
        attach(b"tmpfs", self.point, b"tmpfs", f"size={size},mode=755")

    def fill(self) -> None:
        """Take all the room that is left."""
        with (self.point / "filling").open("wb", buffering=0) as out, suppress(OSError):
            while True:
                out.write(b"\0" * 4096)

    def free(self) -> None:
        """Give the room back."""
        (self.point / "filling").unlink()

    def unmount(self) -> None:
        """Take it away."""
        unmount(self.point)
