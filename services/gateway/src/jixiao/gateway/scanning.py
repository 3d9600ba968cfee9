"""A file is looked at before it is kept: by our own child process, then by the virus scanner (P5.4)."""

import asyncio
import json
import struct
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import structlog

from jixiao.servicekit.errors import Finding

from . import inspection
from .problems import CellFinding, Problem

log = structlog.get_logger()
AT_ONCE = 2
WAITING = 6
"""Files that may wait for their turn; the next is told to come back (P8.3)."""
WITHIN = inspection.SECONDS + 2
_BLOCK = 2**16


@dataclass(slots=True)
class Scanner:
    """Decides whether a file may be kept.

    `virus` is what the operator names (JIXIAO_VIRUS_SCAN): `unix:/path` or `tcp:host:port` of a
    clamd, or a command that is given the file's path and ends with 0 (clean) or 1 (found). Empty:
    files are not scanned for viruses, which is logged once.
    """

    virus: str = ""
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _taken: int = 0
    """Files that are looked at or wait for it."""

    def __post_init__(self) -> None:
        """Say it aloud where nobody looks for viruses."""
        if not self.virus:
            log.warning("virus_scan_off", setting="JIXIAO_VIRUS_SCAN")

    async def pass_on(self, extension: str, content: IO[bytes]) -> bytes:
        """The content to keep: as it came, or an image drawn anew. Raises Problem 422 or 503."""
        if self._taken >= AT_ONCE + WAITING:
            detail = "正在检查的文件较多，文件未保存，请稍后重新上传。"
            raise Problem(503, "busy", detail, headers={"Retry-After": "5"})
        self._taken += 1
        try:
            return await self._pass_on(extension, content)
        finally:
            self._taken -= 1

    async def _pass_on(self, extension: str, content: IO[bytes]) -> bytes:
        async with self._free:
            read = await asyncio.to_thread(content.read)  # not before: who waits holds no memory
            with tempfile.TemporaryDirectory(prefix="jx-") as folder:
                came, made = Path(folder, "in"), Path(folder, "out")
                await asyncio.to_thread(came.write_bytes, read)
                verdict = await _inspected(extension, came, made)
                if verdict:
                    raise _unfit(verdict)
                if self.virus:
                    await self._look_for_viruses(came, read)
                return await asyncio.to_thread(_kept, made, read)

    async def _look_for_viruses(self, path: Path, content: bytes) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                kind, _, rest = self.virus.partition(":")
                if kind in ("unix", "tcp"):
                    clean = await _clamd(kind, rest, content)
                else:
                    clean = await _command(self.virus.split(), path)
        except (TimeoutError, OSError, ValueError) as away:
            log.error("virus_scan_failed", kind=type(away).__name__)
            raise Problem(
                503, "scan_unavailable", "文件查毒服务暂不可用，文件未保存，请稍后重新上传。",
                headers={"Retry-After": "30"},
            ) from away  # fmt: skip
        if not clean:
            log.warning("virus_found")
            raise Problem(422, "virus", "文件未通过病毒检查，未保存；请在本机查杀后重新上传。")


def _kept(made: Path, content: bytes) -> bytes:
    return made.read_bytes() if made.exists() else content


async def _inspected(extension: str, came: Path, made: Path) -> dict[str, Any]:
    """The child's verdict; one that ends in any other way has not passed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", inspection.__file__, extension, str(came), str(made),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WITHIN):
            said, _ = await child.communicate()
        verdict: dict[str, Any] = json.loads(said)
    except (TimeoutError, ValueError):
        return inspection.Unfit(
            "file_heavy", "文件过于复杂，无法检查，请拆分或简化后上传。"
        ).verdict
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return verdict


def _unfit(verdict: dict[str, Any]) -> Problem:
    cells = verdict.get("cells", [])
    found: tuple[Finding, ...] = tuple(
        CellFinding(
            "", verdict["code"],
            f"工作表“{one['sheet']}”第 {one['row']} 行 {one['column']} 列：{verdict['detail']}",
            one["sheet"], one["row"], one["column"],
        )
        for one in cells
    )  # fmt: skip
    detail = f"文件有 {len(cells)} 处需要修改。" if cells else verdict["detail"]
    return Problem(422, verdict["code"], detail, findings=found)


async def _clamd(kind: str, address: str, content: bytes) -> bool:
    """clamd's INSTREAM; whether it answers OK. Raises OSError where it cannot say."""
    if kind == "unix":
        reader, writer = await asyncio.open_unix_connection(address)
    else:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(b"zINSTREAM\0")
        for start in range(0, len(content), _BLOCK):
            block = content[start : start + _BLOCK]
            writer.write(struct.pack("!L", len(block)) + block)
            await writer.drain()
        writer.write(struct.pack("!L", 0))
        await writer.drain()
        said = (await reader.read(4096)).rstrip(b"\0\n")
    finally:
        writer.close()
    if said.endswith(b"FOUND"):
        return False
    if not said.endswith(b"OK"):
        raise OSError("clamd")
    return True


async def _command(command: list[str], path: Path) -> bool:
    scan = await asyncio.create_subprocess_exec(
        *command, str(path), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        status = await scan.wait()
    finally:
        if scan.returncode is None:
            scan.kill()
    if status not in (0, 1):
        raise OSError(f"status {status}")
    return status == 0
