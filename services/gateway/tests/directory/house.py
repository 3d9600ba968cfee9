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
        (person_id,) = await self.accounts(name)
        await self.give(*[self.finance(person_id, territory=one) for one in grants or ("370303",)])
        browser = self.browser()
        await browser.login(name, PASSWORD)
        await browser.session("changePassword", old_password=PASSWORD, new_password=CHANGED)
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

    async def a_minute_later(self, phone: Authenticator) -> None:
        """Every code shown so far is a minute older."""
        await self.sql("UPDATE jx.factors SET used = used - 2")
        phone.shown -= 2
