"""The business clock: the database's instant, the district's day, and the demo's offset (P1.7)."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """Turns the database's instant into the business day.

    `path` holds a whole number of days to add, written by the local runner alone so that a demo
    can walk through a year; without it the business day is today's in Asia/Shanghai. Sessions,
    tokens and leases never use it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._seen: tuple[int, int] = (0, 0)

    def offset(self) -> int:
        """Days to add; read again only when the file has changed."""
        if self._path is None:
            return 0
        try:
            stamp = os.stat(self._path).st_mtime_ns  # noqa: PTH116 - called at every request
        except FileNotFoundError:
            return 0
        if stamp != self._seen[0]:
            self._seen = (stamp, int(self._path.read_text(encoding="ascii") or 0))
        return self._seen[1]

    def day(self, at: datetime) -> date:
        """The business day of an instant."""
        return at.astimezone(SHANGHAI).date() + timedelta(days=self.offset())
