"""What the day brings: reports become late (T-20, R-52)."""

from collections.abc import Sequence
from datetime import date, timedelta

from jixiao.servicekit import tasks
from jixiao.servicekit.transaction import Work

from ..adapters import rounds
from ..domain.report import Level, MonitoringReport
from ..domain.rollup import is_filed


async def mark_overdue(day: date, work: Work) -> Sequence[object]:
    """Mark what was due yesterday and is not filed, and name it to every level above.

    Articles: D-16, T-20. Rules: R-39, R-52.
    """
    events: list[object] = []
    for round_id in await rounds.due_on(work, day - timedelta(days=1)):
        for report in await rounds.of_round(work, round_id, lock=True):
            if not is_filed(report):
                events += report.turn_overdue(day)
                await rounds.reports.save(work, report)
                await _name(work, report)
    return events


async def _name(work: Work, report: MonitoringReport) -> None:
    for level in report.path:
        if level is Level.DISTRICT_FINANCE:
            continue
        await tasks.open_task(
            work, role=str(level), at=report.coordinates, kind="monitoring_report.overdue",
            title=f"监控报告逾期未报：{report.name}", record=report.report_id,
            programme_id=report.programme_id, due_on=report.due_on,
        )  # fmt: skip
