"""Key evaluations, from plan to final grade. Articles: D-22, D-23, T-25, T-26."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.tasks import close_tasks, open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import contracting, reference, store
from ..domain.framework import Scheme, default_indicators
from ..domain.judging import Mark, RateFigures
from ..domain.key_evaluation import KeyEvaluation
from ..domain.known import Known
from ..domain.plan import EvaluationKind, Plan
from ..domain.report import DraftReport

Answer = tuple[tuple[KeyEvaluation, int], list[object]]


@dataclass(frozen=True, slots=True)
class Group:
    """Leader, members and the plan as sent."""

    leader: str = ""
    members: tuple[str, ...] = ()
    text: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class OpenKeyEvaluation:
    """One object, one year; the group's access ends on `until`."""

    programme_id: UUID
    year: int
    kind: EvaluationKind
    plan: Group
    until: date


async def open_key_evaluation(command: OpenKeyEvaluation, work: Work) -> Answer:
    """Open it; the group sees the programme from here. Articles: D-22, D-23, T-25, T-28."""
    programme = await store.known_programmes.see(work, command.programme_id)
    known = Known(await store.every_programme(work))
    below = set(known.below(programme.programme_id))
    due = await store.due_in(work, command.year)
    involved = {p for each in due if each.programme_id in below for p in each.of_the_evaluated}
    involved |= {p for each in await contracting.assessed(work, below) for p in each.persons}
    plan = command.plan
    opened = KeyEvaluation(
        evaluation_id=uuid7(), programme_id=programme.programme_id,
        coordinates=programme.coordinates, year=command.year, kind=command.kind,
        plan=Plan(
            plan.leader, plan.members, plan.text, plan.organisation,
            programme.consolidated_agricultural,
        ),
        opened_by=work.person, involved=tuple(sorted(involved)), until=command.until,
    )  # fmt: skip
    events: list[object] = [*opened.opened()]
    await store.key_evaluations.add(work, opened)
    return (opened, 1), events


@dataclass(frozen=True, slots=True)
class DeclareInterest:
    """Empty: none."""

    evaluation_id: UUID
    interest: str = ""


async def declare_interest(command: DeclareInterest, work: Work) -> Answer:
    """A member of the group declares. Rules: R-43. Articles: D-23, T-26."""
    return await _act(
        work, command.evaluation_id, lambda e: e.declare_interest(command.interest, work.person)
    )


@dataclass(frozen=True, slots=True)
class ProposeScheme:
    """No indicators: the framework 20/20/30/30."""

    evaluation_id: UUID
    scheme: Scheme


async def propose_scheme(command: ProposeScheme, work: Work) -> Answer:
    """Propose what is scored and by whom. Rules: R-14, R-15. Articles: D-23, T-26."""
    given = command.scheme
    scheme = Scheme(given.indicators or default_indicators(), given.judges, given.method)
    return await _act(work, command.evaluation_id, lambda e: e.propose_scheme(scheme, work.person))


@dataclass(frozen=True, slots=True)
class OnEvaluation:
    """An act that says nothing more."""

    evaluation_id: UUID


async def approve_scheme(command: OnEvaluation, work: Work) -> Answer:
    """A second person approves. Rules: R-51. Articles: D-23, T-26."""
    return await _act(work, command.evaluation_id, lambda e: e.approve_scheme(work.person))


@dataclass(frozen=True, slots=True)
class ScoreKeyEvaluation:
    """One judge's marks of a round."""

    evaluation_id: UUID
    marks: tuple[Mark, ...]


async def score_key_evaluation(command: ScoreKeyEvaluation, work: Work) -> Answer:
    """Take the caller's marks. Rules: R-14. Articles: D-23, T-26."""
    return await _act(work, command.evaluation_id, lambda e: e.mark(command.marks, work.person))


@dataclass(frozen=True, slots=True)
class MakeReport:
    """The figures of the rates, and the report in words."""

    evaluation_id: UUID
    figures: tuple[RateFigures, ...]
    report: DraftReport


async def draft_report(command: MakeReport, work: Work) -> Answer:
    """Draft the report and send it to the evaluated party. Rules: R-14, R-15, R-28.

    Articles: D-23, T-25, T-26.
    """
    evaluation = await store.key_evaluations.take(work, command.evaluation_id)
    evaluation.draft_report(command.figures, command.report, work.person)
    days = await reference.working_days(work)
    events: list[object] = [*evaluation.consult(work.today, days)]
    await close_tasks(work, record=evaluation.evaluation_id)
    await open_task(
        work, role="department", at=evaluation.coordinates, kind="evaluation.answer",
        title="反馈绩效评价征求意见稿", record=evaluation.evaluation_id,
        programme_id=evaluation.programme_id, due_on=evaluation.answer_due_on,
    )  # fmt: skip
    return await _saved(work, evaluation, events)


@dataclass(frozen=True, slots=True)
class AnswerKeyEvaluation:
    """Objections, or none."""

    evaluation_id: UUID
    objections: tuple[str, ...] = ()


async def answer_key_evaluation(command: AnswerKeyEvaluation, work: Work) -> Answer:
    """The evaluated party answers. Articles: D-23, T-26."""
    return await _act(
        work, command.evaluation_id,
        lambda e: e.answer(command.objections, work.person, work.today),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnswerObjection:
    """Taken or not, and why."""

    evaluation_id: UUID
    number: int
    accepted: bool = False
    reply: str = ""


async def answer_objection(command: AnswerObjection, work: Work) -> Answer:
    """The group answers one objection. Articles: D-23, T-26."""
    return await _act(
        work, command.evaluation_id,
        lambda e: e.answer_objection(
            command.number, command.reply, work.person, accepted=command.accepted
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckQuality:
    """Passed, or sent back with a note."""

    evaluation_id: UUID
    passed: bool = False
    note: str = ""


async def check_quality(command: CheckQuality, work: Work) -> Answer:
    """Check what others wrote. Rules: R-51. Articles: D-23, T-26."""
    return await _act(
        work, command.evaluation_id,
        lambda e: e.check_quality(command.note, work.person, work.today, passed=command.passed),
    )  # fmt: skip


async def conclude_key_evaluation(command: OnEvaluation, work: Work) -> Answer:
    """Make it final. Rules: R-11, R-51. Articles: D-22, D-23, T-25, T-26."""
    evaluation = await store.key_evaluations.take(work, command.evaluation_id)
    events: list[object] = [*evaluation.conclude(work.person, work.today)]
    await close_tasks(work, record=evaluation.evaluation_id)
    return await _saved(work, evaluation, events)


async def _act(work: Work, evaluation_id: UUID, act: Callable[[KeyEvaluation], object]) -> Answer:
    evaluation = await store.key_evaluations.take(work, evaluation_id)
    act(evaluation)
    return await _saved(work, evaluation, [])


async def _saved(work: Work, value: KeyEvaluation, events: Sequence[object]) -> Answer:
    await store.key_evaluations.save(work, value)
    return (value, store.key_evaluations.version_of(work, value.evaluation_id)), list(events)
