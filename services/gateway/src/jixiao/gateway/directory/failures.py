"""Failed sign-ins: a pause for one account from one address, and an alarm for a hunt (P4.3).

The real owner at another address is never locked out: what is paused is the pair of account and
address, what is turned away after an alarm is the address that raised it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, func, select

from jixiao.servicekit.database import Connection
from jixiao.servicekit.errors import TooManyRequests
from jixiao.servicekit.transaction import Work

from . import access_log, tables
from .access_log import Entry

log = structlog.get_logger()
PAUSE, FAILURES, ALARM = timedelta(minutes=15), 5, 20
"""So many failures within the pause's length begin a pause, and so many raise the alarm."""

_t = tables.access_log
_failed = _t.c.outcome == "login_failed"
# Tries during a pause do not make it longer: they were not looked at.
_counted = (
    select(_t.c.at, func.lag(_t.c.at, FAILURES - 1).over(order_by=_t.c.at).label("first"))
    .where(
        _t.c.login_name == bindparam("login_name"), _t.c.address == bindparam("address"), _failed,
        _t.c.reason != "paused", _t.c.at > bindparam("earliest"),
    )
    .subquery()
)  # fmt: skip
_paused = select(func.count()).where(
    _counted.c.at > bindparam("since"), _counted.c.at - _counted.c.first < PAUSE
)
_from_address = select(func.count()).where(
    _t.c.address == bindparam("address"), _failed, _t.c.at > bindparam("since")
)
_of_account = select(func.count()).where(
    _t.c.login_name == bindparam("login_name"), _t.c.login_name != "", _failed,
    _t.c.at > bindparam("since"),
)  # fmt: skip
_alarmed = select(func.max(_t.c.at)).where(
    _t.c.address == bindparam("address"), _t.c.outcome == "alarm", _t.c.at > bindparam("since")
)
_alarmed_for = select(func.count()).where(
    _t.c.login_name == bindparam("login_name"), _t.c.outcome == "alarm",
    _t.c.at > bindparam("since"),
)  # fmt: skip


async def paused(connection: Connection, login_name: str, address: str, at: datetime) -> bool:
    """Say whether this account is paused for this address: 15 min after five failures in 15 min."""
    count = await connection.value(
        _paused, login_name=login_name, address=address, since=at - PAUSE, earliest=at - 2 * PAUSE
    )
    return bool(count)


async def admit(connection: Connection, address: str, at: datetime) -> None:
    """Turn away an address that has raised an alarm. Raises TooManyRequests."""
    alarmed = await connection.value(_alarmed, address=address, since=at - PAUSE)
    if alarmed is not None:
        raise TooManyRequests(wait=int((alarmed + PAUSE - at).total_seconds()) + 1)


async def note(entry: Entry, work: Work) -> None:
    """Keep a failure; the twentieth from one address, or of one account, raises the alarm."""
    await access_log.write(entry, work)
    since = work.at - PAUSE
    connection, address, name = work.connection, entry.address, entry.login_name
    hunting = await connection.value(_from_address, address=address, since=since) >= ALARM
    hunted = await connection.value(_of_account, login_name=name, since=since) >= ALARM
    known = await connection.value(_alarmed, address=address, since=since) is not None
    known_for = await connection.value(_alarmed_for, login_name=name, since=since) > 0
    if (hunting and not known) or (hunted and not known_for):
        kind = "failures_of_account" if hunted and not known_for else "failures_from_address"
        name = name if hunted else ""
        await access_log.write(replace(entry, outcome="alarm", reason=kind, login_name=name), work)
        log.error("alarm", kind=kind, address=address, person_id=entry.person_id)
