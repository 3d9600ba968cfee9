"""Uploaded files: content-addressed, typed by content and name together (A-10, P5.4).

The gateway's migrations make the table:
`jx.files(id uuid PRIMARY KEY, sha256 text NOT NULL, name text NOT NULL, media_type text NOT NULL,
 size int NOT NULL, person text NOT NULL, at timestamptz NOT NULL DEFAULT now())`, open to all
roles for INSERT and SELECT. Until a command names a file, only whoever uploaded it may fetch it.
"""

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote
from uuid import UUID

import obstore
import python_multipart.exceptions
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Database, enter
from jixiao.servicekit.values import uuid7

from . import limits
from .arrival import pieces
from .filetypes import clean_name, extension_of, media_type_of
from .problems import Problem
from .scanning import Scanner

_PIECE = 2**18
_INSERT = (
    "INSERT INTO jx.files(id, sha256, name, media_type, size, person) VALUES ($1,$2,$3,$4,$5,$6)"
)
_SELECT = "SELECT sha256, name, media_type, size FROM jx.files WHERE id = $1 AND person = $2"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was taken; `size` in bytes."""

    file_id: UUID
    sha256: str
    name: str
    media_type: str
    size: int

    def document(self) -> dict[str, object]:
        """What the uploader learns."""
        return {
            "file_id": str(self.file_id),
            "name": self.name,
            "size": self.size,
            "media_type": self.media_type,
        }


class Download(StreamingResponse):
    """A file on its way, a piece at a time; one that takes too long ends with its connection."""

    held: contextlib.ExitStack | None = None
    """What is let go of when it has gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self.held or contextlib.nullcontext(), contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.TRANSFER):
                await super().__call__(scope, receive, send)


class FileStore:
    """The object store (`file:///…`, `s3://…`) with its entries in the gateway's database."""

    def __init__(self, url: str, database: Database, scanner: Scanner) -> None:
        options: dict[str, Any] = {"mkdir": True} if url.startswith("file://") else {}
        self._store = obstore.store.from_url(url, **options)
        self._database, self._scanner = database, scanner

    async def take(self, request: Request, who: Principal) -> Kept:
        """Keep the one file of a multipart request.

        Raises Problem: 400 not multipart, 408 too slow, 413 larger than 20 MiB, 415 another type,
        422 an archive that must not be opened, 503 too many wait to be inspected.

        Promises: P5.4, A-10.
        """
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise Problem(415, "content_type", "上传须为 multipart/form-data。")
        try:
            form = await MultiPartParser(
                request.headers,
                pieces(request, limits.UPLOAD + limits.BODY, limits.TRANSFER),
                max_files=1,
                max_fields=10,
            ).parse()
        except (MultiPartException, python_multipart.exceptions.FormParserError, KeyError):
            raise Problem(400, "multipart_syntax", "上传内容无法解析，请重新选择文件。") from None
        try:
            upload = next((v for _, v in form.multi_items() if isinstance(v, UploadFile)), None)
            if upload is None:
                raise Problem(422, "file_missing", "没有选择文件。")
            return await self._keep(upload.filename or "", upload.file, who)
        finally:
            await form.close()

    async def _keep(self, filename: str, content: IO[bytes], who: Principal) -> Kept:
        name = clean_name(filename)
        media_type = media_type_of(name, content)
        if content.seek(0, 2) > limits.UPLOAD:
            raise Problem(413, "body_length", "文件超过 20 MiB，请压缩或拆分后上传。")
        content.seek(0)
        fit = await self._scanner.pass_on(extension_of(name), content)
        digest, size = hashlib.sha256(fit).hexdigest(), len(fit)
        kept = Kept(uuid7(), digest, name, media_type, size)
        # The object first: an entry without its object would be a promise broken, an object
        # without entry is swept after a day.
        await obstore.put_async(self._store, _key(digest), fit)
        async with self._database.begin() as connection:
            await enter(connection, who)
            await connection.raw.execute(
                _INSERT, kept.file_id, digest, name, media_type, size, who.person
            )
        return kept

    async def give(self, file_id: str, who: Principal) -> "Download":
        """A file as an attachment, for whoever uploaded it; else Problem 404."""
        try:
            asked = UUID(file_id)
        except ValueError:
            raise Problem(404, "not_found") from None
        async with self._database.snapshot(who) as (connection, _):
            row = await connection.raw.fetchrow(_SELECT, asked, who.person)
        if row is None:
            raise Problem(404, "not_found")
        held = await obstore.get_async(self._store, _key(row["sha256"]))
        return Download(
            (bytes(part) async for part in held.stream(min_chunk_size=_PIECE)),
            media_type=row["media_type"],
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['name'])}",
                "Content-Length": str(held.meta["size"]),
            },
        )


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest}"
