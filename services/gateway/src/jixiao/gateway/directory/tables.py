"""The gateway's own tables, as Core sees them; the migration says who may reach which."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    bindparam,
    insert,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="jx")


def _table(table: str, /, **columns: Any) -> Table:
    return Table(table, metadata, *(Column(column, kind) for column, kind in columns.items()))


_AT = DateTime(timezone=True)

org_units = _table(
    "org_units", id=Uuid, code=Text, name=Text, kind=Text, territory=Text, line=Text,
    on_from=Date, on_to=Date, version=Integer,
)  # fmt: skip
persons = _table("persons", id=Uuid, name=Text)
accounts = _table(
    "accounts", id=Uuid, login_name=Text, password_hash=Text, former=ARRAY(Text),
    must_change=Boolean, disabled=Boolean, password_set_at=_AT, version=Integer,
)  # fmt: skip
grants = _table(
    "grants", id=Uuid, person_id=Uuid, role=Text, territory=Text, line=Text, unit=Text,
    from_on=Date, to_on=Date, basis=Text, cleared=Boolean, keys=ARRAY(Text), source=Text,
    lent_by=Uuid, lent_from=Uuid, actions=ARRAY(Text), version=Integer,
)  # fmt: skip
proposals = _table(
    "grant_proposals", id=Uuid, state=Text, proposed_by=Uuid, confirmed_by=Uuid, grants=JSONB,
    endings=JSONB, version=Integer,
)  # fmt: skip
sessions = _table(
    "sessions", id=Uuid, token_hash=LargeBinary, csrf=Text, person_id=Uuid, grant_id=Uuid, strict=Boolean,
    started_at=_AT, seen_at=_AT, ended_at=_AT, pending=Boolean, stepped_up_at=_AT,
)  # fmt: skip
factors = _table(
    "factors", id=Uuid, person_id=Uuid, kind=Text, secret=LargeBinary, used=BigInteger,
    enrolled_at=_AT, confirmed_at=_AT, ended_at=_AT, version=Integer,
)  # fmt: skip
clients = _table(
    "clients", id=Uuid, name=Text, owner=Text, role=Text, territory=Text, secret_hash=LargeBinary,
    disabled=Boolean, addresses=ARRAY(Text), per_second=Integer, former_secret_hash=LargeBinary,
    former_until=_AT, version=Integer,
)  # fmt: skip
client_keys = _table(
    "client_keys", id=Uuid, client_id=Uuid, kind=Text, thumbprint=Text, pem=Text, added_at=_AT,
    ends_at=_AT, retired_at=_AT,
)  # fmt: skip
client_tokens = _table(
    "client_tokens", id=Uuid, token_hash=LargeBinary, client_id=Uuid, ends_at=_AT,
    certificate=Text,
)  # fmt: skip
client_assertions = _table("client_assertions", client_id=Uuid, jti_hash=LargeBinary, ends_at=_AT)
identities = _table(
    "identities", id=Uuid, person_id=Uuid, issuer=Text, subject=Text, linked_by=Uuid,
    linked_at=_AT, confirmed_by=Uuid,
)  # fmt: skip
oidc_attempts = _table(
    "oidc_attempts", state_hash=LargeBinary, browser_hash=LargeBinary, nonce=Text, verifier=Text,
    ends_at=_AT,
)  # fmt: skip
working_days = _table(
    "working_days", id=Uuid, territory=Text, holidays=ARRAY(Date), working_weekends=ARRAY(Date),
    version=Integer,
)  # fmt: skip
work_plans = _table(
    "work_plans", id=Uuid, office=Text, year=Integer, items=JSONB, set_on=Date, version=Integer
)
rules = _table(
    "rules", id=Uuid, office=Text, kind=Text, title=Text, document_no=Text, text=Text,
    file_id=Uuid, in_force_from=Date, in_force_to=Date, version=Integer,
)  # fmt: skip
access_log = _table(
    "access_log", id=Uuid, at=_AT, day=Date, person_id=Text, role=Text, grant_id=Text,
    action=Text, outcome=Text, reason=Text, login_name=Text, address=Text, trace=Text,
    record=Text, programme_id=Text,
)  # fmt: skip


def adding(table: Table) -> Any:
    """An INSERT of all columns, each a bind parameter of its own name."""
    return insert(table).values({c.name: bindparam(c.name) for c in table.c}).inline()
