"""Problems are ordered to be mended, reported and checked. Articles: D-18, D-25, T-33."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit import drafts, tasks
from jixiao.servicekit.errors import Finding, NotFound
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import stores
from ..domain.errors import BasisUnknown
from ..domain.known import KnownProgramme
from ..domain.rectification import (
    CheckResult,
    Problem,
    RectificationOrder,
    RectificationReport,
    RectificationSource,
    RectificationState,
)
from .offices import office_of

Answer = tuple[tuple[RectificationOrder, int], list[object]]
_FINANCE = ("district_finance", "township_finance")


@dataclass(frozen=True, slots=True)
class OrderRectification:
    """An order as the issuer fills it in; `term_days` 0: the rule's (R-28)."""

    programme_id: UUID
    year: int
    document_number: str
    source: RectificationSource
    problems: tuple[Problem, ...]
    finding_id: UUID | None = None
    term_days: int = 0
    addressee: str = ""


@dataclass(frozen=True, slots=True)
class ReportRectification:
    """The written report."""

    order_id: UUID
    measures: str
    completion: str
    unfinished_reason: str
    evidence: tuple[str, ...]
    sent_to_finance: bool


@dataclass(frozen=True, slots=True)
class CheckRectification:
    """The issuer's conclusion on the last report."""

    order_id: UUID
    result: CheckResult
    opinion: str


@dataclass(frozen=True, slots=True)
class ExtendRectification:
    """The one extension."""

    order_id: UUID
    days: int
    reason: str


async def order_rectification(command: OrderRectification, work: Work) -> Answer:
    """Order a programme's problems to be mended.

    Raises NotFound for a programme out of scope, BasisUnknown, Incomplete.

    Articles: D-18, D-25, T-33. Rules: R-28.
    """
    programme = await stores.programmes.see(work, command.programme_id)
    await _known_basis(command, programme, work)
    role, carrier = programme.carrier
    own = command.addressee in ("", programme.coordinates.unit)
    order = RectificationOrder(
        order_id=uuid7(),
        programme_id=programme.programme_id,
        coordinates=programme.coordinates,
        year=command.year,
        document_number=command.document_number,
        source=command.source,
        problems=command.problems,
        issuer=work.person,
        issuing_office=office_of(work.principal),
        addressee=carrier if own else command.addressee,
        ordered_on=work.today,
        term_days=command.term_days or RectificationOrder.default_term(command.source),
        finding_id=command.finding_id,
        is_transfer=programme.transfer or programme.parent_id is not None,
        issued_by_finance=work.principal.role in _FINANCE,
    )
    events: list[object] = [*order.order()]
    await stores.rectifications.add(work, order)
    await tasks.open_task(
        work, role=_role_of(order.addressee, role, carrier, programme), at=order.coordinates,
        kind="rectification.receive", title=f"签收整改通知：{order.document_number}",
        record=order.order_id, programme_id=order.programme_id,
    )  # fmt: skip
    return (order, 1), events


async def receive_rectification(order_id: UUID, work: Work) -> Answer:
    """Sign for an order. Articles: D-25. Rules: R-28."""
    order = await stores.rectifications.take(work, order_id)
    events = order.receive(person=work.person, unit=office_of(work.principal), day=work.today)
    return await keep_order(work, order, [*events])


async def report_rectification(command: ReportRectification, work: Work) -> Answer:
    """Take the written report. Articles: D-25, T-33. Rules: R-28, R-52."""
    order = await stores.rectifications.take(work, command.order_id)
    report = RectificationReport(
        person=work.person,
        reported_on=work.today,
        measures=command.measures,
        completion=command.completion,
        evidence=command.evidence,
        unfinished_reason=command.unfinished_reason,
        sent_to_finance=command.sent_to_finance,
    )
    events = order.report(report, unit=office_of(work.principal))
    return await keep_order(work, order, [*events])


async def check_rectification(command: CheckRectification, work: Work) -> Answer:
    """Check the last report. Articles: D-25, T-33. Rules: R-28, R-51."""
    order = await stores.rectifications.take(work, command.order_id)
    events = order.check(
        command.result, command.opinion, person=work.person,
        office=office_of(work.principal), day=work.today,
    )  # fmt: skip
    if command.result is not CheckResult.PASSED:
        await drafts.reopen(work, "rectification_report", order.order_id)
    return await keep_order(work, order, [*events])


async def extend_rectification(command: ExtendRectification, work: Work) -> Answer:
    """Give the one extension. Articles: D-25. Rules: R-28."""
    order = await stores.rectifications.take(work, command.order_id)
    events = order.extend(
        command.days, command.reason, office=office_of(work.principal), day=work.today
    )
    return await keep_order(work, order, [*events])


async def _known_basis(command: OrderRectification, programme: KnownProgramme, work: Work) -> None:
    """The finding, spot check or evaluation named must be this programme's."""
    if command.source is RectificationSource.AUDIT:
        return
    known = command.finding_id is not None
    if command.finding_id and command.source is RectificationSource.MONITORING:
        try:
            finding = await stores.findings.see(work, command.finding_id)
            known = finding.programme_id == programme.programme_id
        except NotFound:
            known = False
    elif known:
        known = any(r.source_id == command.finding_id for r in programme.results)
    if not known:
        raise BasisUnknown(Finding("/finding_id", BasisUnknown.reason, BasisUnknown.sentence))


async def keep_order(work: Work, order: RectificationOrder, events: list[object]) -> Answer:
    """Save what an act or the clock did, and put the order on the list of whoever acts next."""
    await stores.rectifications.save(work, order)
    await open_next(work, order)
    return (order, stores.rectifications.version_of(work, order.order_id)), events


async def open_next(work: Work, order: RectificationOrder) -> None:
    """Open the task of whoever acts next: the check of a report, else the report; once passed none."""
    await tasks.close_tasks(work, record=order.order_id)
    if order.state is RectificationState.REPORTED:
        await tasks.open_task(
            work, role=_issuing_role(order), at=order.coordinates, kind="rectification.check",
            title=f"复核整改报告：{order.document_number}", record=order.order_id,
            programme_id=order.programme_id, due_on=order.check_due_on,
        )  # fmt: skip
    elif order.state is not RectificationState.ACCEPTED:
        programme = await stores.programmes.see(work, order.programme_id)
        await tasks.open_task(
            work, role=_role_of(order.addressee, *programme.carrier, programme),
            at=order.coordinates, kind="rectification.report",
            title=f"报送整改报告：{order.document_number}", record=order.order_id,
            programme_id=order.programme_id, due_on=order.due_on,
        )  # fmt: skip


def _role_of(addressee: str, role: str, carrier: str, programme: KnownProgramme) -> str:
    at = programme.coordinates
    return {
        at.territory: "township_finance",
        f"{at.territory}-{at.line}": "township_department",
        at.line: "department",
        carrier: role,
    }.get(addressee, "unit")


def _issuing_role(order: RectificationOrder) -> str:
    office, at = order.issuing_office, order.coordinates
    if office == at.line:
        return "department"
    if office == f"{at.territory}-{at.line}":
        return "township_department"
    return "township_finance" if len(office) == 9 else "district_finance"
