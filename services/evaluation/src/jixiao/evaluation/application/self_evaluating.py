"""Self-evaluations: filed, accepted level by level, received. Articles: D-20, T-23."""

from dataclasses import dataclass, field
from uuid import UUID

from jixiao.servicekit import drafts
from jixiao.servicekit.tasks import close_tasks, open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import store
from ..domain.filing import SelfEvaluationForm
from ..domain.indicator import Actual, OverCause
from ..domain.self_evaluation import SelfEvaluation

Answer = tuple[tuple[SelfEvaluation, int], list[object]]


@dataclass(frozen=True, slots=True)
class SubmitSelfEvaluation:
    """A whole form; money may be left out, else it equals the prefilled."""

    self_evaluation_id: UUID
    actuals: dict[str, Actual] = field(default_factory=dict)
    execution_reason: str = ""
    completion_text: str = ""
    full_year_budget: Money | None = None
    executed: Money | None = None

    @property
    def form(self) -> SelfEvaluationForm:
        """The form of the domain."""
        return SelfEvaluationForm(
            self.actuals, self.execution_reason, self.completion_text,
            self.full_year_budget, self.executed,
        )  # fmt: skip


async def submit_self_evaluation(command: SubmitSelfEvaluation, work: Work) -> Answer:
    """File it. Articles: D-20, T-8(3), T-23."""
    filed = await store.self_evaluations.take(work, command.self_evaluation_id)
    events: list[object] = [*filed.submit(command.form, work.person, work.today)]
    await _next_task(work, filed, "township_department" if filed.is_transfer else "department")
    return await _saved(work, filed, events)


@dataclass(frozen=True, slots=True)
class AcceptSelfEvaluation:
    """Taken at the caller's level; another cause of over-achievement may be set (R-7)."""

    self_evaluation_id: UUID
    over_causes: dict[str, OverCause] = field(default_factory=dict)


async def accept_self_evaluation(command: AcceptSelfEvaluation, work: Work) -> Answer:
    """Accept at the level of the caller's post. Articles: D-20, T-5(3), T-7(3), T-23."""
    taken = await store.self_evaluations.take(work, command.self_evaluation_id)
    at_township = work.principal.role == "township_department"
    accept = taken.accept_by_township if at_township else taken.accept_by_department
    events: list[object] = [*accept(work.person, work.today, command.over_causes)]
    await _next_task(work, taken, "department" if at_township else "district_finance")
    return await _saved(work, taken, events)


@dataclass(frozen=True, slots=True)
class ReturnSelfEvaluation:
    """Sent back with an opinion."""

    self_evaluation_id: UUID
    opinion: str = ""


async def return_self_evaluation(command: ReturnSelfEvaluation, work: Work) -> Answer:
    """Send it back to the filer. Articles: D-20, T-23."""
    taken = await store.self_evaluations.take(work, command.self_evaluation_id)
    events: list[object] = [*taken.send_back(command.opinion, work.person)]
    await drafts.reopen(work, "self_evaluation", taken.self_evaluation_id)
    await _next_task(work, taken, "unit")
    return await _saved(work, taken, events)


@dataclass(frozen=True, slots=True)
class ReceiveSelfEvaluation:
    """Received by district finance."""

    self_evaluation_id: UUID


async def receive_self_evaluation(command: ReceiveSelfEvaluation, work: Work) -> Answer:
    """Take it with the department's report. Articles: D-20, T-23."""
    taken = await store.self_evaluations.take(work, command.self_evaluation_id)
    events: list[object] = [*taken.receive(work.person, work.today)]
    await close_tasks(work, record=taken.self_evaluation_id)
    return await _saved(work, taken, events)


@dataclass(frozen=True, slots=True)
class ChaseSelfEvaluation:
    """A reminder in words."""

    self_evaluation_id: UUID
    text: str = ""


async def chase_self_evaluation(command: ChaseSelfEvaluation, work: Work) -> Answer:
    """Remind the unit; its task stays on the list. Articles: T-23."""
    late = await store.self_evaluations.take(work, command.self_evaluation_id)
    events: list[object] = [*late.chase(command.text, work.person, work.today)]
    return await _saved(work, late, events)


_TITLES = {"unit": "修改并重新报送绩效自评", "district_finance": "接收绩效自评"}


async def _next_task(work: Work, value: SelfEvaluation, role: str) -> None:
    await close_tasks(work, record=value.self_evaluation_id)
    act = {"unit": "submit", "district_finance": "receive"}.get(role, "accept")
    await open_task(
        work, role=role, at=value.coordinates, kind=f"self_evaluation.{act}",
        title=f"{_TITLES.get(role, '受理绩效自评')}：{value.programme_name}",
        record=value.self_evaluation_id, programme_id=value.programme_id,
    )  # fmt: skip


async def _saved(work: Work, value: SelfEvaluation, events: list[object]) -> Answer:
    await store.self_evaluations.save(work, value)
    return (value, store.self_evaluations.version_of(work, value.self_evaluation_id)), events
