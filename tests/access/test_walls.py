"""Each wall alone, for every operation of the contract (A-5, P3.3, P3.6).

The two other walls are opened here, by the wiring of these tests and by nothing else. Wall 2 alone:
a database whose policies are off. Wall 3 alone: services whose door lets every role in and whose
record checks say yes. A change is asked without its version, so that it goes as far as finding its
record and no further (P1.4): what is found answers otherwise than what is absent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import psycopg
import pytest

from jixiao.disclosure.adapters.packages import PackageRecords
from jixiao.evaluation.adapters import contracting
from jixiao.evaluation.adapters.store import Register
from jixiao.gateway.routes import Operation
from jixiao.servicekit import process, tasks
from jixiao.servicekit.access import ROLE_KINDS, Principal
from jixiao.servicekit.records import Records
from jixiao.servicekit.rpc import Door
from jixiao.servicekit.testing import Minter
from jixiao.targets.adapters.programmes import Opening

from . import places
from .answers import Asker, each
from .asking import OPERATIONS, is_list, name_of, names_records, request_to
from .places import HERE, OWNERS, PLACES, Place
from .posts import OUTSIDE, ROLES, outside, post

RECORD_CHECKS: tuple[tuple[Any, str], ...] = (
    (Principal, "covers"), (Records, "in_scope"), (PackageRecords, "in_scope"),
    (tasks, "in_scope"), (Opening, "is_for"),
    (Register, "in_scope"), (contracting, "_may_see"), (contracting, "_is_named"),
)  # fmt: skip
"""All that wall 2 asks of a record."""
POLICIES_OFF = """SELECT format('ALTER TABLE jx.%I DISABLE ROW LEVEL SECURITY', relname)
 FROM pg_class WHERE relnamespace = 'jx'::regnamespace AND relkind IN ('r', 'p')"""

OF_NOBODY = {
    "Dossiers.ListOpenTasks": "the caller's own list: searched for what is others'",
    "Packages.CreatePackage": "makes a district's package where the caller is",
    "Campaigns.AgreeList": "the list of the caller's own line",
    "Campaigns.GetList": "by year and line: searched for what is others'",
    "Campaigns.AnnounceCampaign": "opens a round where the caller is",
    "Campaigns.GetCampaign": "the dates of the own district's round are everybody's",
    "Commissions.RegisterThirdParty": "the register of the caller's district",
    "Drafts.SaveDraft": "a draft's id is made from the caller's own post",
    "Drafts.GetDraft": "a draft's id is made from the caller's own post",
    "Drafts.DiscardDraft": "a draft's id is made from the caller's own post",
    "Drafts.ListDrafts": "the drafts of the caller's own post",
    "Trails.VerifyTrail": "checks the chain of a whole database; no record is shown",
    "Forms.PreviewPublishedForm": "computes on what it is given",
    "Executions.ImportExecution": "unknown codes are queued, as are those out of scope",
    "KeyMonitoring.SuggestKeyMonitoring": "by year: searched for what is others'",
    "MonitoringRounds.OpenMonitoringRound": "opens a round where the caller is",
    "MonitoringRounds.GetMonitoringRound": "the reports in it are searched for what is others'",
    "MonitoringRounds.ListMonitoringRounds": "when a round is open concerns everybody",
    "Linkages.FetchLinkageDecisions": "by year: searched for what is others'",
    "Budgets.GetTotals": "by year: sums of the own district",
    "IndicatorLibraries.PublishIndicatorLibrary": "a library is everybody's",
    "IndicatorLibraries.PublishLineLibrary": "the library of the caller's own line",
    "IndicatorLibraries.GetIndicatorLibrary": "a library is everybody's",
}  # fmt: skip
"""Operations that can name no record of anybody. The gateway's own tables have no coordinates: who
reaches them is wall 1's alone (test_wall_1, services/gateway/tests); so are parked events, which the
system administrator and the services themselves reach (package delivery)."""
UNMOVED = {
    "Commissions.DeclareConflict": "found by whoever is named on it: services/evaluation/tests",
}
"""Operations that answer about HERE as about nothing, whoever asks."""
OF_EACH = ("audit", "drafts")
"""Packages of the contract that every service answers for itself."""
SHARED = {"third_party_id"}
"""Ids of what departments and towns read of the whole district (D-6(8))."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A service on a database with all places in it."""

    owner: str
    admin: str
    ask: Asker

    @property
    def operations(self) -> list[Operation]:
        """All that it answers, the kit's own among them."""
        known = [o for o in OPERATIONS if o.roles and o.owner in (self.owner, *OF_EACH)]
        return [replace(one, owner=self.owner) for one in known]


class Stands(Protocol):
    """Finds or makes a stand."""

    async def __call__(self, owner: str, *, policies: bool) -> Stand: ...


@pytest.fixture(scope="module")
def stands(running: Any, minter: Minter) -> Stands:
    """A service by name, with its policies in force or off; nothing but its calls runs."""
    made: dict[tuple[str, bool], Stand] = {}

    async def stand(owner: str, *, policies: bool) -> Stand:
        if (owner, policies) not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(process, "background", lambda *_: [])
                up = await running(owner)
            with psycopg.connect(up.admin) as admin:
                congress = ("congress",) if owner == "disclosure" else ()
                filers = tuple(role for role in ROLES if role != "congress")
                places.seed(admin, owner, tuple(PLACES.values()), filers + congress)
                if not policies:
                    for (statement,) in admin.execute(POLICIES_OFF).fetchall():
                        admin.execute(statement)
            made[owner, policies] = Stand(owner, up.admin, Asker(up.channel, minter))
        return made[owner, policies]

    return stand


@contextmanager
def wall_2_open() -> Iterator[None]:
    """Every role may call, every record check says yes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Door, "_allow", lambda *_: None)
        for owner, name in RECORD_CHECKS:
            patch.setattr(owner, name, lambda *_, **__: True)
        yield


def absent(place: Place) -> Place:
    """A place like another, where nothing is; its name is as long."""
    return replace(place, name="x" * len(place.name))


def _is_proven(operation: Operation) -> bool:
    return name_of(operation) not in OF_NOBODY and names_records(operation)


def _admits(operation: Operation, role: str) -> bool:
    return bool({role, "signed_in", "anyone"} & operation.roles)


async def leaks(stand: Stand, operation: Operation, role: str) -> str:
    """What a caller learns of records outside its scope; empty: nothing."""
    others, who = outside(operation, role, stand.owner), post(role)
    here = await stand.ask(operation, who, request_to(operation, HERE))
    told = [one.name for one in others if one != HERE and here.tells_of(one)]
    if _is_proven(operation):
        for place in others:
            there = await stand.ask(operation, who, request_to(operation, place))
            nowhere = await stand.ask(operation, who, request_to(operation, absent(place)))
            if there.less(place) != nowhere.less(absent(place)):
                told.append(f"{place.name}: {there.code} for {nowhere.code}")
        told += await _leaks_under_own(stand, operation, who, others)
    return f"{name_of(operation)} as {role}: {told}" if told else ""


async def _leaks_under_own(
    stand: Stand, operation: Operation, who: Principal, others: list[Place]
) -> list[str]:
    """What is told of one record outside when all others that are named are the caller's (A6)."""
    ids = [name for name in operation.fields if name.endswith(("_id", "_ids"))]
    ids = [name for name in ids if name != "request_id" and name not in SHARED]
    told = []
    for name in ids if len(ids) > 1 else ():
        for place in others[:2]:
            there, nowhere = [
                await stand.ask(operation, who, _but_for(operation, name, one))
                for one in (place, absent(place))
            ]
            if there.less(place) != nowhere.less(absent(place)):
                told.append(f"{name} of {place.name}: {there.code} for {nowhere.code}")
    return told


def _but_for(operation: Operation, name: str, place: Place) -> Any:
    """A request about HERE that names another place's record in one field."""
    return request_to(operation, HERE, **{name: getattr(request_to(operation, place), name)})


async def unreached(stand: Stand, operation: Operation, role: str) -> str:
    """Whether a record in scope is answered as if it were absent; empty: it is not."""
    if HERE in outside(operation, role, stand.owner) or name_of(operation) in UNMOVED:
        return ""
    if not _is_proven(operation) and not is_list(operation):
        return ""
    who = post(role)
    here = await stand.ask(operation, who, request_to(operation, HERE))
    if is_list(operation):
        return "" if here.tells_of(HERE) else f"{name_of(operation)} as {role}: not listed"
    nowhere = await stand.ask(operation, who, request_to(operation, absent(HERE)))
    found = here.less(HERE) != nowhere.less(absent(HERE)) and here.code != "INTERNAL"
    return "" if found else f"{name_of(operation)} as {role}: {here.code}"


def test_a5_every_operation_is_proven_record_by_record_or_can_name_none() -> None:
    of_services = [one for one in OPERATIONS if one.owner not in ("gateway", "delivery")]
    nameless = {name_of(one) for one in of_services if not names_records(one) and not is_list(one)}
    assert nameless <= set(OF_NOBODY)
    assert {*OF_NOBODY, *UNMOVED} <= {name_of(one) for one in of_services}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("wall", ["wall 2", "wall 3"])
async def test_p36_alone_it_hides_every_record_just_outside_and_shows_those_inside(
    stands: Stands, owner: str, wall: str
) -> None:
    stand = await stands(owner, policies=wall == "wall 3")
    wrong: list[str] = []
    for role in ROLES:
        called = [one for one in stand.operations if _admits(one, role)]
        reads = [one for one in called if "request_id" not in one.fields]
        changes = [one for one in called if "request_id" in one.fields]
        before = _kept(stand, role)
        if wall == "wall 3":
            with wall_2_open():
                wrong += await _found(stand, role, reads, changes)
        else:
            wrong += await _found(stand, role, reads, changes)
        if _kept(stand, role) != before:
            wrong.append(f"{role} changed what lies outside its scope")
    assert not wrong, "\n".join(wrong)


async def _found(
    stand: Stand, role: str, reads: list[Operation], changes: list[Operation]
) -> list[str]:
    found = await each(reads, lambda one: leaks(stand, one, role))
    found += await each(reads, lambda one: unreached(stand, one, role))
    found += await each(changes, lambda one: leaks(stand, one, role))
    return found + await each(changes, lambda one: unreached(stand, one, role))


def _kept(stand: Stand, role: str) -> list[str]:
    with psycopg.connect(stand.admin) as admin:
        return [places.kept(admin, stand.owner, PLACES[name]) for name in OUTSIDE[ROLE_KINDS[role]]]


@pytest.mark.parametrize("owner", OWNERS)
async def test_p36_control_without_any_wall_every_operation_that_names_records_leaks(
    stands: Stands, owner: str
) -> None:
    stand = await stands(owner, policies=False)
    silent = []
    for operation in stand.operations:
        role = next(role for role in ROLES if _admits(operation, role))
        with wall_2_open():
            if not await leaks(stand, operation, role):
                silent.append(name_of(operation))
    assert set(silent) <= {*OF_NOBODY, *UNMOVED}
