"""A whole gateway: its HTTP door too, and the second factor switched on."""

from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
from browsers import Authenticator, Browser
from people import PASSWORD, Installed

CHANGED = "Mingbai-2025-Zaoqian"
"""Everybody's password after the initial one."""


@dataclass(slots=True)
class House(Installed):
    """The same with its HTTP door, and the second factor switched on."""

    app: Any
    open: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self, address: str = "10.1.0.1") -> Browser:
        """A browser at an address of its own."""
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        self.open.append(httpx.AsyncClient(transport=transport, base_url="https://jx.test"))
        return Browser(self.open[-1])

    async def person(self, name: str, *grants: str) -> tuple[Browser, Authenticator]:
        """A new person, signed in with password and factor, under finance grants of territories."""
        await self.entered(name, *grants)
        return await self.first_time(name, PASSWORD)

    async def entered(self, name: str, *grants: str) -> str:
        """A new person under finance grants, who has never signed in; the id."""
        (person_id,) = await self.accounts(name)
        await self.give(*[self.finance(person_id, territory=one) for one in grants or ("370303",)])
        return person_id

    async def administrator(self, number: int) -> tuple[Browser, Authenticator]:
        """One of the first administrators, signed in for the first time."""
        return await self.first_time(self.first[number].login_name, self.first[number].password)

    async def first_time(self, name: str, password: str) -> tuple[Browser, Authenticator]:
        """Sign in, change the initial password, enrol a factor."""
        browser = self.browser()
        await browser.login(name, password)
        await browser.session("changePassword", old_password=password, new_password=CHANGED)
        enrolled = (await browser.session("enrolFactor")).json()
        phone = Authenticator(enrolled["secret"])
        confirmed = await browser.session("confirmFactor", code=phone.code())
        assert confirmed.status_code == 200, confirmed.text
        return browser, phone

    async def sql(self, statement: str, *values: Any) -> None:
        """Let time pass, by the rows: as a superuser, from outside."""
        raw = await asyncpg.connect(self.up.admin)
        try:
            await raw.execute(statement, *values)
        finally:
            await raw.close()
        self.callers.forget()

    async def asked(self, query: str, *values: Any) -> Any:
        """What the database holds, as a superuser sees it: one value."""
        raw = await asyncpg.connect(self.up.admin)
        try:
            return await raw.fetchval(query, *values)
        finally:
            await raw.close()

    async def a_quarter_later(self) -> None:
        """Every failed sign-in is fifteen minutes older; the log itself lets nobody change it."""
        await self.sql(
            "SET session_replication_role = replica;"
            "UPDATE jx.access_log SET at = at - interval '15 min'"
        )

    async def a_minute_later(self, phone: Authenticator) -> None:
        """Every code shown so far is a minute older."""
        await self.sql("UPDATE jx.factors SET used = used - 2")
        phone.shown -= 2
