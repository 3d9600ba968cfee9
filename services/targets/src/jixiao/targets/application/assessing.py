"""Ex-ante assessment: filed, assessed independently, decided. Articles: D-8, D-9, D-10, T-12."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit import drafts, tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money, uuid7

from ..adapters import applications, directory, programmes
from ..domain.assessment import (
    ApplicationState,
    Assessment,
    Conclusion,
    ExanteApplication,
    InvestmentProofs,
)
from ..domain.events import Event
from ..domain.library import Programme

Done = tuple[tuple[ExanteApplication, int], list[Event]]
_CLOSED = (ApplicationState.DECIDED, ApplicationState.LAPSED)


@dataclass(frozen=True, slots=True)
class SubmitExante:
    """An application with its score table and report."""

    programme_id: UUID
    year: int
    requested: Money
    assessment: Assessment
    report_file: str = ""
    proofs: InvestmentProofs | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Finance's decision; `amount` for partly_support alone."""

    application_id: UUID
    conclusion: Conclusion
    opinion: str
    amount: Money | None = None


async def submit_exante(command: SubmitExante, work: Work) -> Done:
    """File an application, or a returned one anew. Articles: D-8, D-9, T-10, T-11."""
    programme = await programmes.records.get(work, command.programme_id)
    what = programme.described
    application = await applications.newest(work, command.programme_id)
    again = application is not None and application.state not in _CLOSED
    if application is None or not again:
        application = ExanteApplication(
            uuid7(), command.programme_id, programme.coordinates, command.year
        )
    application.is_investment, application.proofs = what.is_investment, command.proofs
    events = application.submit(
        work.person, work.today, command.requested, command.assessment, command.report_file
    )
    await (applications.records.save if again else applications.records.add)(work, application)
    await _await_decision(work, application, programme)
    return _done(work, application, events)


async def assess_independently(application_id: UUID, table: Assessment, work: Work) -> Done:
    """Take the commissioned assessment, which governs. Articles: D-10, T-12."""
    application = await applications.records.take(work, application_id)
    events = application.assess_independently(work.person, table)
    await applications.records.save(work, application)
    return _done(work, application, events)


async def withdraw_exante(application_id: UUID, work: Work) -> Done:
    """Take it back before finance has acted on it. Articles: D-9."""
    application = await applications.records.take(work, application_id)
    events = application.withdraw(work.person)
    await applications.records.save(work, application)
    await drafts.reopen(work, "exante", application.programme_id)
    await tasks.close_tasks(work, record=application_id)
    return _done(work, application, events)


async def return_exante(application_id: UUID, opinion: str, work: Work) -> Done:
    """Return it to the department. Articles: D-10."""
    application = await applications.records.take(work, application_id)
    programme = await programmes.records.see(work, application.programme_id)
    events = application.send_back(work.person, opinion)
    await applications.records.save(work, application)
    await drafts.reopen(work, "exante", application.programme_id)
    await tasks.close_tasks(work, record=application_id)
    await tasks.open_task(
        work, role="department", at=application.coordinates, kind="exante.submit",
        title=f"修改事前绩效评估：{programme.described.name}", record=application_id,
        programme_id=application.programme_id,
    )  # fmt: skip
    return _done(work, application, events)


async def decide_exante(command: Decision, work: Work) -> Done:
    """Decide; a supported programme becomes assessed. Articles: D-10, T-12. Rules: R-16."""
    application = await applications.records.take(work, command.application_id)
    events = application.decide(
        work.person, work.today, command.conclusion, command.opinion, command.amount
    )
    await applications.records.save(work, application)
    programme = await programmes.records.get(work, application.programme_id)
    if moved := programme.note_decision(application):
        await programmes.records.save(work, programme)
    await tasks.close_tasks(work, record=command.application_id)
    return _done(work, application, [*events, *moved])


async def order_review(application_id: UUID, commission_id: UUID, work: Work) -> list[Event]:
    """A commission was given: the third party's assessment will govern. Articles: D-10, T-12."""
    application = await applications.records.get(work, application_id)
    if application.state is not ApplicationState.SUBMITTED:
        return []  # finance decided or returned it meanwhile
    events = application.order_independent_review(commission_id)
    await applications.records.save(work, application)
    return events


async def _await_decision(work: Work, application: ExanteApplication, programme: Programme) -> None:
    days = await directory.working_days(work)
    await tasks.close_tasks(work, record=application.application_id)
    await tasks.open_task(
        work, role="district_finance", at=application.coordinates, kind="exante.decide",
        title=f"审核事前绩效评估：{programme.described.name}", record=application.application_id,
        programme_id=application.programme_id, due_on=application.decision_due(days),
    )  # fmt: skip


def _done(work: Work, application: ExanteApplication, events: list[Event]) -> Done:
    version = applications.records.version_of(work, application.application_id)
    return (application, version), events
