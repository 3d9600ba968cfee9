"""Who may do what, and why: the grant, the rule of the contract, the article (P3.5)."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, func, or_, select

from jixiao.servicekit.access import ROLE_KINDS
from jixiao.servicekit.database import Connection
from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.values import Coordinates

from ..routes import Operation, contract_services, operations_of
from . import grants, tables
from .accounts import Account
from .grants import Grant

EVERYONE = frozenset({"anyone", "signed_in"})
_g, _p, _a = tables.grants, tables.persons, tables.accounts
_candidates = (
    select(_g, _p.c.name)
    .join(_p, _p.c.id == _g.c.person_id)
    .join(_a, _a.c.id == _g.c.person_id)
    .where(
        _g.c.id > bindparam("after"),
        _g.c.role == any_(bindparam("roles", type_=ARRAY(Text))),
        or_(_g.c.lent_by.is_(None), bindparam("action", type_=Text()) == any_(_g.c.actions)),
        _g.c.from_on <= bindparam("today"),
        or_(_g.c.to_on.is_(None), _g.c.to_on >= bindparam("today")),
        _a.c.disabled.is_(False),
        _a.c.must_change.is_(False),
        # What the place alone rules out; `covers` says the rest.
        or_(
            bindparam("district", type_=Text()) == "",
            _g.c.territory == "",
            func.left(_g.c.territory, 6) == bindparam("district", type_=Text()),
        ),
    )
    .order_by(_g.c.id)
    .limit(bindparam("size"))
)


@dataclass(slots=True)
class Rule:
    """An action of the contract: which roles may call it, and what stands behind it."""

    action: str
    roles: set[str] = field(default_factory=set)
    articles: list[str] = field(default_factory=list)
    guards: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Coordinates of records asked about; `programme_id` for what a commission sees."""

    at: Coordinates
    programme_id: UUID | None
    classified: bool

    @property
    def anywhere(self) -> bool:
        """Nothing was named."""
        return not (self.at.territory or self.at.line or self.at.unit or self.programme_id)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may, by a grant."""

    name: str
    grant: Grant


@cache
def rules() -> dict[tuple[str, str], Rule]:
    """By (role, action): what the operations that a role may call say of the action."""
    known: dict[tuple[str, str], Rule] = {}
    for service in contract_services():
        for one in operations_of(service):
            for role in one.roles - EVERYONE:
                key = (role, one.access.action)
                _add(known.setdefault(key, Rule(one.access.action)), one)
    return known


@cache
def allowed(role: str) -> frozenset[str]:
    """The actions of a role, by the contract."""
    return frozenset(action for named, action in rules() if named == role)


def of_grant(grant: Grant) -> list[Rule]:
    """What a grant allows, in order of the actions; of a post lent, what was lent."""
    mine = allowed(grant.role)
    wanted = mine if grant.lent_by is None else mine & set(grant.actions)
    return [rules()[(grant.role, action)] for action in sorted(wanted)]


def of_action(action: str) -> Rule:
    """The rule of an action over all roles. Raises NotFound for one that nobody is given."""
    whole = Rule(action)
    for (role, named), one in sorted(rules().items()):
        if named == action:
            whole.roles.add(role)
            for into, more in (
                (whole.articles, one.articles), (whole.guards, one.guards),
                (whole.operations, one.operations),
            ):  # fmt: skip
                into.extend(each for each in more if each not in into)
    if not whole.roles:
        raise NotFound
    return whole


async def holders(
    connection: Connection, rule: Rule, place: Place, today: date, *, after: UUID, size: int
) -> list[Found]:
    """Who may do an action today for records of a place, in order of their grants, a page."""
    found: list[Found] = []
    chunk = max(size, 200)
    while len(found) < size:
        rows = await connection.rows(
            _candidates, after=after, roles=sorted(rule.roles), action=rule.action, today=today,
            district=place.at.district, size=chunk,
        )  # fmt: skip
        for row in rows:
            values = dict(row)
            name = values.pop("name")
            grant = grants.read(values)
            if _reaches(grant, place):
                found.append(Found(name, grant))
        if len(rows) < chunk:
            break
        after = rows[-1]["id"]
    return found[:size]


def why_not(grant: Grant, account: Account, today: date) -> str:
    """Why a grant gives nothing today; empty where it does."""
    if account.disabled:
        return "账号已停用。"
    if grant.from_on > today:
        return f"自{grant.from_on}起生效。"
    if not grant.in_force(today):
        return f"已于{grant.to_on}终止。"
    return "初始口令尚未修改，修改后生效。" if account.must_change else ""


def scope_of(grant: Grant) -> str:
    """Which records a grant reaches, in words (walls 2 and 3)."""
    words = {
        "s_district": f"{grant.territory}全区的记录",
        "s_line": f"{grant.territory[:6]}内主管部门{grant.line}的记录",
        "s_unit": f"单位{grant.unit}的记录",
        "s_town": f"镇办{grant.territory}的记录",
        "s_townline": f"镇办{grant.territory}内主管部门{grant.line}的记录",
        "s_commission": f"指定的{len(grant.keys)}个项目的记录：{'、'.join(grant.keys)}",
        "s_congress": f"{grant.territory}已提交人大的材料",
        "s_none": "不接触业务记录",
    }[ROLE_KINDS[grant.role]]
    return words + ("，含涉密记录的目录" if grant.cleared else "")


def _reaches(grant: Grant, place: Place) -> bool:
    if place.anywhere:
        return grant.cleared or not place.classified
    return grant.principal("").covers(
        place.at, record=place.programme_id, classified=place.classified
    )


def _add(rule: Rule, operation: Operation) -> None:
    access = operation.access
    rule.roles |= operation.roles - EVERYONE
    rule.articles.extend(each for each in access.articles if each not in rule.articles)
    rule.guards.extend(each for each in access.guards if each not in rule.guards)
    rule.operations.append(operation.method.rpartition("/")[2])
