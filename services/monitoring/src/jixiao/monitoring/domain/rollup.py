"""What a level passes up: sums, lights, and the missing named (T-20, T-21)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit.values import Money

from .lights import Light, execution_pct
from .report import MonitoringReport, ReportState
from .round import Expected

_FILED = (ReportState.SUBMITTED, ReportState.ACCEPTED, ReportState.ROLLED_UP)


@dataclass(frozen=True, slots=True)
class RollUp:
    """A level's summary: filed and due, money of the filed, programme lights, who is missing."""

    due: int
    filed: int
    late: int
    current_budget: Money
    executed: Money
    exec_pct: Decimal | None
    lights: dict[str, int]
    red: tuple[UUID, ...]
    missing: tuple[Expected, ...]


def is_filed(report: MonitoringReport) -> bool:
    """Whether a report stands filed: submitted, and not withdrawn or returned since."""
    return report.state in _FILED


def roll_up(reports: Iterable[MonitoringReport], expected: tuple[Expected, ...]) -> RollUp:
    """Sum the filed reports of a level's scope; what is not filed is left out and named.

    Articles: T-8(2), T-20, T-21.
    """
    filed = [report for report in reports if is_filed(report)]
    progress = [report.progress for report in filed if report.progress is not None]
    budget = Money(sum(p.current_budget.fen for p in progress))
    executed = Money(sum(p.executed.fen for p in progress))
    lights = {r.programme_id: r.assessment.programme_light for r in filed if r.assessment}
    ids = {report.programme_id for report in filed}
    return RollUp(
        due=len(expected),
        filed=len(filed),
        late=sum(report.days_late > 0 for report in filed),
        current_budget=budget,
        executed=executed,
        exec_pct=execution_pct(executed, budget),
        lights={str(light): count for light, count in Counter(lights.values()).items()},
        red=tuple(programme for programme, light in lights.items() if light is Light.RED),
        missing=tuple(due for due in expected if due.programme_id not in ids),
    )
