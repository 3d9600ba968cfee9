"""What stands before every address of the public site: pace, length, and a page for each failure.

Whatever goes wrong, a citizen sees a page in Chinese with the site's own headers, and no text of a
bug (P5.6); the log has the failure's class alone.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()
URL = 4 * 2**10
"""Bytes of an address with its query (P8.1)."""
_MOST = 20_000
SAID = {
    404: ("未找到页面", "该网址没有公开内容。请核对网址，或从首页、检索查找。"),
    405: ("不支持该操作", "本站只供查阅，不接受提交。请从首页或检索打开页面。"),
    414: ("网址过长", "网址超过4KB。请缩短检索词后重试，或从首页查找。"),
    429: ("访问过于频繁", "来自您所在网络地址的访问过于频繁。请稍候几秒再打开本页。"),
    500: ("页面暂时无法显示", "系统出现故障，已记录。请稍后重试，或从首页查找其他内容。"),
}
Failed = Callable[[int, Mapping[str, str]], Response]
"""The page of a status in SAID, with further headers."""


@dataclass(slots=True)
class Pace:
    """A token bucket per address (P8.4); the oldest are forgotten, which only gives them more."""

    per_second: float = 10.0
    burst: float = 20.0
    _held: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict)
    """Address to tokens and the second they were counted."""

    @classmethod
    def generous(cls) -> "Pace":
        """For a site on loopback, where one address reads for a whole district."""
        return cls(2_000.0, 4_000.0)

    def wait(self, address: str) -> int:
        """Take one token: 0, or the seconds after which there is one."""
        now = time.monotonic()
        tokens, at = self._held.pop(address, (self.burst, now))
        tokens = min(self.burst, tokens + (now - at) * self.per_second)
        admitted = tokens >= 1
        self._held[address] = (tokens - 1 if admitted else tokens, now)
        if len(self._held) > _MOST:
            self._held.popitem(last=False)
        return 0 if admitted else max(1, round((1 - tokens) / self.per_second))


class Guard:
    """Outermost of the site: admits a request, and turns what breaks into a page.

    Promises: P5.6, P8.1, P8.4.
    """

    def __init__(self, app: ASGIApp, failed: Failed, pace: Pace) -> None:
        self._app = app
        self._failed = failed
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if refused := self._refused(scope):
            return await refused(scope, receive, send)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as bug:
            log.error("page_failed", error=type(bug).__name__)
            if begun:
                raise
            await self._failed(500, {})(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        peer = scope.get("client")
        if wait := self._pace.wait(peer[0] if peer else ""):
            return self._failed(429, {"Retry-After": str(wait)})
        raw = scope.get("raw_path") or scope["path"].encode()
        if len(raw) + len(scope["query_string"]) > URL:
            return self._failed(414, {})
        return None
