"""Where each kind of record lies, and the lists of them."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Integer, Table, Text, Uuid, bindparam, or_, select, tuple_
from sqlalchemy.sql import ClauseElement

from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Row
from jixiao.servicekit.errors import Faulty, Finding
from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.campaign import Campaign, LineList
from ..domain.commission import Commission
from ..domain.draw import Draw
from ..domain.key_evaluation import KeyEvaluation
from ..domain.known import KnownProgramme
from ..domain.regional import RollUp
from ..domain.self_evaluation import SelfEvaluation
from ..domain.spot_check import SpotCheck
from ..domain.third_party import ThirdParty
from . import tables


class Register(Records[ThirdParty]):
    """The district's third parties, which departments and towns read too: they commission (D-6(8))."""

    def in_scope(self, principal: Principal, row: Row) -> bool:
        """Whether the caller may know of a third party."""
        if principal.kind not in ("s_line", "s_town"):
            return principal.sees(row)
        own: bool = row["district"] == principal.territory[:6]
        return own and (principal.cleared or not row["classified"])


known_programmes = Records(
    tables.known_programmes, KnownProgramme, "programme_id", "code", "parent_id", audited=False
)
line_lists = Records(tables.line_lists, LineList, "list_id")
campaigns = Records(tables.campaigns, Campaign, "campaign_id")
self_evaluations = Records(
    tables.self_evaluations, SelfEvaluation, "self_evaluation_id",
    "campaign_id", "programme_code", "parent_id", "root_id", "due_on",
)  # fmt: skip
roll_ups = Records(tables.roll_ups, RollUp, "roll_up_id", "level")
draws = Records(tables.draws, Draw, "draw_id", "campaign_id")
spot_checks = Records(
    tables.spot_checks, SpotCheck, "spot_check_id", "campaign_id", "programme_code"
)
key_evaluations = Records(tables.key_evaluations, KeyEvaluation, "evaluation_id")
third_parties = Register(tables.third_parties, ThirdParty, "third_party_id", "credit_code")
commissions = Records(
    tables.commissions, Commission, "commission_id", "persons", "third_party_id", "ends_on"
)

A = TypeVar("A")
FIRST = UUID(int=0)
PAGE = 50


def list_statement(table: Table, order: "Column[Any]") -> ClauseElement:
    """A page of a table by `order` and id: of a year (0: all) and a programme (None: all)."""
    year, programme = bindparam("year", type_=Integer), bindparam("programme_id", type_=Uuid)
    after = tuple_(bindparam("after", type_=Text), bindparam("after_id", type_=Uuid))
    return (
        select(table)
        .where(
            or_(year == 0, table.c.year == year),
            or_(programme.is_(None), table.c.programme_id == programme),
            tuple_(order, table.c.id) > after,
        )
        .order_by(order, table.c.id)
        .limit(bindparam("most"))
    )


async def page(
    work: Work, records: Records[Any], statement: ClauseElement, request: Any,
    token: Callable[[Any], str], **more: object,
) -> tuple[list[tuple[Any, int]], str]:  # fmt: skip
    """One page with versions, and the token of the next; out of scope is as if absent."""
    code, _, last = request.page_token.partition("|")
    try:
        after_id = UUID(last) if last else FIRST
    except ValueError as none:
        raise Faulty(
            Finding("/page_token", "page_token", "翻页标记无效，请从第一页重新查询。")
        ) from none
    size = request.page_size or PAGE
    found = await records.find(
        work, statement, year=getattr(request, "year", 0),
        programme_id=UUID(p) if (p := getattr(request, "programme_id", "")) else None,
        after=code, after_id=after_id, most=size + 1, **more,
    )  # fmt: skip
    shown = found[:size]
    following = token(shown[-1]) if len(found) > size else ""
    key = records.key
    return [(each, records.version_of(work, getattr(each, key))) for each in shown], following


self_evaluation_list = (
    list_statement(tables.self_evaluations, tables.self_evaluations.c.programme_code)
).where(  # type: ignore[attr-defined]
    or_(
        bindparam("state", type_=Text) == "",
        tables.self_evaluations.c.state == bindparam("state", type_=Text),
    )
)
spot_check_list = list_statement(tables.spot_checks, tables.spot_checks.c.programme_code)
roll_up_list = list_statement(tables.roll_ups, tables.roll_ups.c.territory)
key_evaluation_list = list_statement(tables.key_evaluations, tables.key_evaluations.c.territory)
commission_list = list_statement(tables.commissions, tables.commissions.c.territory)
third_party_list = list_statement(tables.third_parties, tables.third_parties.c.credit_code)


def _of(table: Table, *where: Any, lock: bool = False) -> ClauseElement:
    statement = select(table).where(*where).order_by(table.c.id)
    return statement.with_for_update() if lock else statement


def _is(table: Table, *columns: str) -> list[Any]:
    return [table.c[column] == bindparam(column) for column in columns]


_every_programme = _of(tables.known_programmes)
_list_of = _of(tables.line_lists, *_is(tables.line_lists, "year", "line"), lock=True)
_lists_of = _of(tables.line_lists, *_is(tables.line_lists, "year"))
_campaign_row = select(tables.campaigns).where(*_is(tables.campaigns, "year", "district"))
_due_in = _of(tables.self_evaluations, *_is(tables.self_evaluations, "year"))
_due_in_locked = _of(tables.self_evaluations, *_is(tables.self_evaluations, "year"), lock=True)
_of_programme = _of(
    tables.self_evaluations, *_is(tables.self_evaluations, "programme_id", "year"), lock=True
)
_below = _of(
    tables.self_evaluations,
    tables.self_evaluations.c.year == bindparam("year"),
    or_(
        tables.self_evaluations.c.parent_id == bindparam("above"),
        tables.self_evaluations.c.root_id == bindparam("above"),
    ),
    lock=True,
)
_roll_ups_in = _of(tables.roll_ups, *_is(tables.roll_ups, "year"), lock=True)
_roll_up_of = _of(
    tables.roll_ups, *_is(tables.roll_ups, "programme_id", "year", "territory"), lock=True
)
_draw_of = _of(tables.draws, *_is(tables.draws, "campaign_id"))
_checks_in = _of(tables.spot_checks, *_is(tables.spot_checks, "year"))


async def every_programme(work: Work) -> list[KnownProgramme]:
    """All known programmes in the caller's scope."""
    return await known_programmes.find(work, _every_programme)


async def line_list(work: Work, year: int, line: str) -> LineList | None:
    """A line's list of a year, locked."""
    found = await line_lists.find(work, _list_of, year=year, line=line)
    return found[0] if found else None


async def all_line_lists(work: Work, year: int) -> list[LineList]:
    """The lists of all lines in scope."""
    return await line_lists.find(work, _lists_of, year=year)


async def campaign_of(work: Work, year: int) -> tuple[Campaign, int] | None:
    """The district's round of a year with its version: its dates are open to everybody there."""
    row = await work.connection.first(
        _campaign_row, year=year, district=work.principal.territory[:6]
    )
    return None if row is None else (campaigns.of(row), row["version"])


async def due_in(work: Work, year: int, *, lock: bool = False) -> list[SelfEvaluation]:
    """All self-evaluations of a year in scope."""
    return await self_evaluations.find(work, _due_in_locked if lock else _due_in, year=year)


async def self_evaluation_of(work: Work, programme_id: UUID, year: int) -> SelfEvaluation | None:
    """A programme's self-evaluation of a year, locked."""
    found = await self_evaluations.find(work, _of_programme, programme_id=programme_id, year=year)
    return found[0] if found else None


async def self_evaluations_below(work: Work, above: UUID, year: int) -> list[SelfEvaluation]:
    """The self-evaluations under a part or root, in scope, locked."""
    return await self_evaluations.find(work, _below, above=above, year=year)


async def roll_ups_in(work: Work, year: int) -> list[RollUp]:
    """All roll-ups of a year in scope, locked."""
    return await roll_ups.find(work, _roll_ups_in, year=year)


async def roll_up_of(work: Work, programme_id: UUID, year: int, territory: str) -> RollUp | None:
    """A part's or root's roll-up in one territory, locked."""
    found = await roll_ups.find(
        work, _roll_up_of, programme_id=programme_id, year=year, territory=territory
    )
    return found[0] if found else None


async def draw_of(work: Work, campaign_id: UUID) -> Draw | None:
    """The draw of a campaign."""
    found = await draws.find(work, _draw_of, campaign_id=campaign_id)
    return found[0] if found else None


async def spot_checks_in(work: Work, year: int) -> list[SpotCheck]:
    """All spot checks of a year in scope."""
    return await spot_checks.find(work, _checks_in, year=year)
