"""What is asked of a request as such: that it is short, quick, and from our own pages (P5.1, P4.2)."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.requests import Request

from . import limits
from .problems import Problem

FILES = "/v1/files"


def address_of(request: Request) -> str:
    """The caller's network address."""
    return request.client.host if request.client else ""


def short_enough(request: Request) -> None:
    """Length of address, headers and announced body (P5.1). Raises Problem 413."""
    raw: bytes = request.scope.get("raw_path") or b""
    if len(raw) + len(request.scope.get("query_string", b"")) > limits.URL:
        raise Problem(413, "url_length", "地址过长。")
    if sum(len(k) + len(v) for k, v in request.scope["headers"]) > limits.HEADERS:
        raise Problem(413, "header_length", "请求头过大。")
    if (length := request.headers.get("content-length", "")).isdigit():
        most = limits.UPLOAD + limits.BODY if request.url.path == FILES else limits.BODY
        if int(length) > most:
            raise _too_long(most)


async def body(request: Request) -> bytes:
    """The body, refused as soon as it is longer than 1 MiB or too slow in coming."""
    return b"".join([part async for part in pieces(request, limits.BODY, limits.PATIENCE)])


async def pieces(request: Request, most: int, within: float) -> AsyncGenerator[bytes]:
    """The body as it comes.

    Raises Problem 413 beyond `most` bytes, 408 when it is not there within so many seconds, or
    when nothing comes for `limits.PATIENCE`.

    Promises: P5.1, P8.3.
    """
    loop = asyncio.get_running_loop()
    coming, length, ends = request.stream(), 0, loop.time() + within
    while True:
        try:
            async with asyncio.timeout_at(min(ends, loop.time() + limits.PATIENCE)):
                part = await anext(coming, None)
        except TimeoutError as slow:
            detail = "请求内容在规定时间内没有传完，请检查网络后重试。"
            raise Problem(408, "slow_body", detail, headers={"Connection": "close"}) from slow
        if part is None:
            return
        length += len(part)
        if length > most:
            raise _too_long(most)
        yield part


def _too_long(most: int) -> Problem:
    return Problem(413, "body_length", f"请求内容超过 {most // 2**20} MiB。")


def same_origin(request: Request, *, required: bool) -> None:
    """Refuse what another site's page sends; with a session the browser's word is required."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site == "same-origin":
        return
    if origin is not None and origin.partition("://")[2] == request.headers.get("host"):
        return
    if required or origin is not None or site not in {None, "none"}:
        raise Problem(403, "csrf", "请求不是从本系统页面发出的，已拒绝；请在系统内重新操作。")
