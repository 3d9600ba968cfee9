"""What the gateway clears away each day: sessions and client tokens that have ended (P4.1, P4.5)."""

from collections.abc import Sequence
from datetime import date, timedelta

import structlog

from jixiao.servicekit.transaction import Work

from . import client_tokens, sessions

log = structlog.get_logger()
KEPT = timedelta(days=1)
"""How long what has ended stays, for whoever looks into what just happened."""


async def sweep(day: date, work: Work) -> Sequence[object]:
    """Remove what ended more than a day ago; it goes by the real clock, as sessions do."""
    del day
    before = work.at - KEPT - sessions.ABSOLUTE
    ended = await sessions.sweep(work.connection, before)
    tokens = await client_tokens.sweep(work.connection, before)
    if ended or tokens:
        log.info("swept", sessions=ended, client_tokens=tokens)
    return []
