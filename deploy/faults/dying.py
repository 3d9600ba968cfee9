"""A service that is killed at one chosen step: `python -m faults.dying <service> <point>`.

The points are reached by wrapping what the service runs, here and never by a setting of its own.
Of the transaction function (P1) only a caller's command counts, of the inbox only an event: the
schedule's own acts pass.
"""

import asyncio
import contextvars
import importlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from jixiao.servicekit import broker, claims, database, inbox, outbox, process, records, transaction
from jixiao.servicekit.transaction import Transactions

COMMAND = ("A", "B", "C", "D", "F", "G", "H-sent", "H-done", "I")
"""After BEGIN and scope, claim, lock, work, audit and outbox rows; before COMMIT; COMMIT sent; COMMIT
done but not heard; answer not given. E, F and the answer are one statement, so E lies in F."""
RELAY = ("relay-read", "relay-published", "relay-acknowledged", "relay-marked")
INBOX = (
    "inbox-begun",
    "inbox-work",
    "inbox-worked",
    "inbox-commit",
    "inbox-committed",
    "inbox-acked",
)
TELLING = ".programme."
"""Events of the tests' commands; the sealer tells some of its own, which pass."""
SECOND = "outbox-second"
"""The control: events in a transaction of their own, after the state's; killed between the two."""

_acting: contextvars.ContextVar[str] = contextvars.ContextVar("acting", default="")


def die(*_: object, **__: object) -> None:
    """As `kill -9` from outside."""
    os.kill(os.getpid(), signal.SIGKILL)


def _watch_who_acts() -> None:
    """Note whose transaction a task is in: `command`, `event` or the schedule's."""
    for module in (transaction, inbox):
        original = module.enter

        async def enter(
            connection: Any, principal: Any, _of: Any = original, _in: Any = module
        ) -> Any:
            person = str(principal.person)
            event = _in is inbox and person != "system:schedule"
            _acting.set("event" if event else "" if person.startswith("system:") else "command")
            at = await _of(connection, principal)
            if _acting.get() == "command" and POINT == "A":
                die()
            if _acting.get() == "event" and POINT == "inbox-begun":
                die()
            return at

        module.enter = enter  # type: ignore[attr-defined]


def _after(owner: Any, name: str) -> None:
    """Die after a call has done its work, in a command."""
    original = getattr(owner, name)

    async def wrapped(*given: Any, **named: Any) -> Any:
        result = await original(*given, **named)
        if _acting.get() == "command":
            die()
        return result

    setattr(owner, name, wrapped)


def _before(owner: Any, name: str, acting: str = "command") -> None:
    """Die before a call, in a command or an event."""
    original = getattr(owner, name)

    async def wrapped(*given: Any, **named: Any) -> Any:
        if _acting.get() == acting:
            die()
        return await original(*given, **named)

    setattr(owner, name, wrapped)


def _commit_point(acting: str, *, heard: bool) -> None:
    """Die when COMMIT has left for the server: at once, or when the server has done it."""
    original = database._commit

    async def commit(raw: Any) -> None:
        if _acting.get() != acting:
            await original(raw)
            return
        if heard:
            await original(raw)
            die()
        leaving = asyncio.ensure_future(raw.execute("COMMIT"))
        await asyncio.wait(
            {leaving}, timeout=0
        )  # the driver writes to the socket when its task begins
        die()

    database._commit = commit


def _relay_point(point: str) -> None:
    send, round_, publish = outbox.Relay._send, outbox.Relay._round, broker.Broker.publish

    sent = False

    async def sending(self: Any, gate: Any, rows: Any) -> Any:
        nonlocal sent
        ours = any(TELLING in row["subject"] for row in rows)
        if ours and point == "relay-read":
            die()
        done = await send(self, gate, rows)
        if ours and done and point == "relay-acknowledged":
            die()
        sent |= ours and bool(done)
        return done

    async def rounding(self: Any, *given: Any) -> Any:
        result = await round_(self, *given)
        if sent and point == "relay-marked":
            die()
        return result

    async def publishing(self: Any, subject: str, *given: Any, **named: Any) -> None:
        if TELLING in subject and point == "relay-published":
            leaving = asyncio.ensure_future(publish(self, subject, *given, **named))
            await asyncio.wait({leaving}, timeout=0)
            await self._connection.flush(timeout=5)  # the server has it; its PubAck is lost with us
            die()
        await publish(self, subject, *given, **named)

    outbox.Relay._send = sending  # type: ignore[method-assign]
    outbox.Relay._round = rounding  # type: ignore[assignment, method-assign]
    broker.Broker.publish = publishing  # type: ignore[method-assign]


def _inbox_point(service: process.Service, point: str) -> process.Service:
    if point == "inbox-commit":
        _before(database, "_commit", "event")
    if point == "inbox-committed":
        _commit_point("event", heard=True)
    if point == "inbox-acked":
        original = broker.ack

        async def ack(message: Any) -> None:
            await original(message)
            die()

        broker.ack = ack

    def wrapped(react: Any) -> Any:
        async def reacting(event: Any, work: Any) -> Any:
            if point == "inbox-work":
                die()
            told = await react(event, work)
            if point == "inbox-worked":
                die()
            return told

        return reacting

    reactions = {
        stream: {subject: wrapped(react) for subject, react in one.items()}
        for stream, one in service.reactions.items()
    }
    return replace(service, reactions=reactions)


def _second_transaction() -> None:
    """Keep a command's events out of its transaction and die before their own."""
    keep = Transactions.keep

    async def without(self: Any, work: Any, told: Any, *given: Any, **named: Any) -> None:
        command = _acting.get() == "command"
        await keep(self, work, [] if command else told, *given, **named)

    Transactions.keep = without  # type: ignore[method-assign]
    _commit_point("command", heard=True)


POINTS: dict[str, Callable[[], None]] = {
    "A": lambda: None,
    "B": lambda: _after(claims.Claim, "take"),
    "C": lambda: _after(records.Records, "get"),
    "D": lambda: _before(Transactions, "keep"),
    "F": lambda: _after(Transactions, "keep"),
    "G": lambda: _before(database, "_commit"),
    "H-sent": lambda: _commit_point("command", heard=False),
    "H-done": lambda: _commit_point("command", heard=True),
    "I": lambda: _after(Transactions, "_once"),
    SECOND: _second_transaction,
}
POINT = sys.argv[2] if len(sys.argv) > 2 else ""


def main() -> None:
    """Serve until the point is reached."""
    service: process.Service = importlib.import_module(f"jixiao.{sys.argv[1]}.main").SERVICE
    _watch_who_acts()
    if POINT in RELAY:
        _relay_point(POINT)
    elif POINT in INBOX:
        service = _inbox_point(service, POINT)
    else:
        POINTS[POINT]()
    del sys.argv[1:]
    process.run(service)


if __name__ == "__main__":
    main()
