"""The first accounts: two system, two security and one audit administrator (P4.0).

They are the only grants that no two people gave; everything else follows from them by two.
"""

import json
import sys
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text

from jixiao.servicekit.access import system
from jixiao.servicekit.clock import Clock
from jixiao.servicekit.database import Database
from jixiao.servicekit.errors import Answered
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.transaction import Transactions, Work
from jixiao.servicekit.values import uuid7

from . import accounts, grants, passwords, tables
from .accounts import AccountForm
from .errors import AccountsExist
from .events import CATALOGUE
from .grants import Grant

FIRST = (
    ("system-1", "系统管理员·一", "system_admin"),
    ("system-2", "系统管理员·二", "system_admin"),
    ("security-1", "安全管理员·一", "security_admin"),
    ("security-2", "安全管理员·二", "security_admin"),
    ("audit-1", "审计管理员·一", "audit_admin"),
)
_alone = text("SELECT pg_advisory_xact_lock(1247305729)")
_count = select(func.count()).select_from(tables.accounts)


@dataclass(frozen=True, slots=True)
class First:
    """One of the first accounts, with the password that must be changed at once."""

    login_name: str
    password: str
    name: str
    role: str
    person_id: UUID


async def install(transactions: Transactions) -> list[First]:
    """Make the first accounts. Raises AccountsExist where there is any account."""
    secrets = [passwords.first() for _ in FIRST]
    forms = [
        AccountForm(name, login_name, await passwords.hash_of(secret))
        for (login_name, name, _), secret in zip(FIRST, secrets, strict=True)
    ]

    async def handle(work: Work) -> tuple[list[First], list[object]]:
        await work.connection.first(_alone)
        if await work.connection.value(_count):
            raise AccountsExist
        made, _ = await accounts.create(forms, work)
        for person, (_, _, role) in zip(made, FIRST, strict=True):
            await grants.give(
                work,
                Grant(
                    uuid7(), person.person_id, role, "", "", "", work.today, None,
                    "系统初始化", source="install",
                ),
            )  # fmt: skip
        return [
            First(person.login_name, secret, person.name, role, person.person_id)
            for person, secret, (_, _, role) in zip(made, secrets, FIRST, strict=True)
        ], []

    return await transactions.act(system("install"), "account.install", handle)


async def command(settings: Settings) -> int:
    """Make the first accounts and print login name and password as JSON; 1 where there are any."""
    database = await Database.open(settings.database_url, settings.jobs_database_url)
    try:
        made = await install(Transactions(database, Clock(settings.clock), CATALOGUE))
    except Answered as refusal:
        sys.stderr.write(refusal.message + "\n")
        return 1
    finally:
        await database.close()
    sys.stdout.write(json.dumps({first.login_name: first.password for first in made}) + "\n")
    return 0
