"""A transfer is divided among towns by factors, or its applications ranked. Articles: T-32."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.errors import Faulty, Finding
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money, uuid7

from ..adapters import stores
from ..domain.allocation import AllocationPlan
from ..domain.errors import NotAFactorTransfer, PoolAboveCeiling, PoolDiffers, PoolUnknown
from ..domain.factors import Factor, PerformanceMode, Town
from ..domain.known import KnownProgramme
from ..domain.named import AllocationSheet
from ..domain.ranking import Application

Answer = tuple[tuple[AllocationPlan, int], list[object]]


@dataclass(frozen=True, slots=True)
class RunAllocation:
    """One scenario; the scores are on record and not given."""

    programme_id: UUID
    year: int
    scenario: str
    factors: tuple[Factor, ...]
    towns: tuple[Town, ...]
    had_all_filed: bool
    pool: Money | None = None
    performance_mode: PerformanceMode = PerformanceMode.SCALED


@dataclass(frozen=True, slots=True)
class ProjectApplication:
    """An application; `programme_id`: the earlier project whose result ranks it."""

    code: str
    request: Money
    programme_id: UUID | None = None
    exante_score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RunProjectRanking:
    """The applications of a project-method transfer for a year."""

    programme_id: UUID
    year: int
    applications: tuple[ProjectApplication, ...]
    pool: Money | None = None


@dataclass(frozen=True, slots=True)
class ApproveAllocation:
    """The second person's approval."""

    plan_id: UUID
    scenario: str
    document_number: str


async def run_allocation(command: RunAllocation, work: Work) -> Answer:
    """Run a scenario with the binding scores of two years before; stored beside the others.

    Raises NotFound, NotAFactorTransfer, the pool's refusals, ResultsNotFinal, and what
    `AllocationPlan.run` raises.

    Articles: T-24, T-32. Rules: R-34, R-35, R-36, R-37.
    """
    root = await _root(command.programme_id, "factor", work)
    plan, is_new = await _plan(root, command.year, command.pool, work)
    result_year, displayed = command.year - 2, command.had_all_filed
    towns = tuple(root.scored(town, result_year, displayed=displayed) for town in command.towns)
    events: list[object] = [
        *plan.run(
            command.scenario,
            command.performance_mode,
            command.factors,
            towns,
            person=work.person,
            day=work.today,
            what_if=displayed,
        )
    ]
    return await _kept(work, plan, events, is_new=is_new)


async def run_ranking(command: RunProjectRanking, work: Work) -> Answer:
    """Rank applications by last governing score, new ones by their ex-ante score.

    Articles: T-32. Rules: R-38.
    """
    root = await _root(command.programme_id, "project", work)
    plan, is_new = await _plan(root, command.year, command.pool, work)
    applications = [await _application(one, command.year, work) for one in command.applications]
    plan.rank_projects(tuple(applications))
    return await _kept(work, plan, [], is_new=is_new)


async def choose_allocation(plan_id: UUID, scenario: str, work: Work) -> Answer:
    """Put a scenario forward. Articles: T-32."""
    plan = await stores.allocations.take(work, plan_id)
    events = plan.choose(scenario, person=work.person)
    await tasks.close_tasks(work, record=plan_id)
    await tasks.open_task(
        work, role="district_finance", at=plan.coordinates, kind="allocation.approve",
        title=f"批准分配方案：{plan.year}年，方案{scenario}", record=plan_id,
        programme_id=plan.programme_id,
    )  # fmt: skip
    return await _kept(work, plan, [*events], is_new=False)


async def approve_allocation(command: ApproveAllocation, work: Work) -> Answer:
    """Approve as a second person; each town gets its sheet. Articles: T-32. Rules: R-51."""
    plan = await stores.allocations.take(work, command.plan_id)
    events = plan.approve(
        person=work.person,
        day=work.today,
        document_number=command.document_number,
        scenario=command.scenario,
    )
    for sheet in plan.chosen.allocation.sheets:
        await stores.sheets.add(work, AllocationSheet.of(uuid7(), plan, sheet, work.today))
    await tasks.close_tasks(work, record=plan.plan_id)
    return await _kept(work, plan, [*events], is_new=False)


async def _root(programme_id: UUID, method: str, work: Work) -> KnownProgramme:
    root = await stores.programmes.see(work, programme_id)
    if not root.is_root or root.allocation_method != method:
        raise NotAFactorTransfer(method={"factor": "因素法", "project": "项目法"}[method])
    return root


async def _plan(
    root: KnownProgramme, year: int, pool: Money | None, work: Work
) -> tuple[AllocationPlan, bool]:
    """The plan of the year, made with the pool where there is none yet."""
    plan = await stores.own(work, stores.allocations, root.programme_id, year)
    if plan is not None:
        if pool is not None and pool != plan.pool:
            raise _faulty(PoolDiffers, pool=plan.pool)
        return plan, False
    limit = await _limit(root, year, work)
    if pool is not None and limit is not None and pool > limit:
        raise _faulty(PoolAboveCeiling, pool=pool, limit=limit)
    divided = pool if pool is not None else limit
    if divided is None:
        raise _faulty(PoolUnknown)
    return AllocationPlan(uuid7(), root.programme_id, root.coordinates, year, divided), True


async def _limit(root: KnownProgramme, year: int, work: Work) -> Money | None:
    """The most there is to divide: the decided ceiling, else the budget entered."""
    linkage = await stores.own(work, stores.linkages, root.programme_id, year)
    if linkage is not None and linkage.ceiling is not None:
        return linkage.ceiling
    return root.entered.get(str(year))


def _faulty(kind: type[Faulty], **facts: object) -> Faulty:
    return kind(Finding("/pool", kind.reason, kind.sentence.format(**facts)), **facts)


async def _application(one: ProjectApplication, year: int, work: Work) -> Application:
    if one.programme_id is None:
        return Application(one.code, one.request, None, one.exante_score)
    earlier = await stores.programmes.see(work, one.programme_id)
    governing = earlier.governing(year - 2)
    return Application(
        one.code,
        one.request,
        governing.score if governing else None,
        earlier.exante_score if earlier.exante_score is not None else one.exante_score,
        not_filed=year - 2 in earlier.not_filed,
    )


async def _kept(work: Work, plan: AllocationPlan, events: list[object], *, is_new: bool) -> Answer:
    if is_new:
        await stores.allocations.add(work, plan)
    else:
        await stores.allocations.save(work, plan)
    return (plan, stores.allocations.version_of(work, plan.plan_id)), events
