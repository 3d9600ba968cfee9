"""Spot checks: drawn, assigned, scored again, answered, concluded. Articles: D-21, T-24."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from jixiao.measures.score import Grade, grade
from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.records import Taken
from jixiao.servicekit.tasks import close_tasks, open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money, uuid7

from ..adapters import reference, store
from ..domain.campaign import Campaign, CampaignState
from ..domain.draw import Draw, Listed, drawn, listed
from ..domain.errors import RoundNotClosed
from ..domain.indicator import Actual
from ..domain.known import Known
from ..domain.risk import RiskPoints, risk_points
from ..domain.self_evaluation import SelfEvaluation
from ..domain.spot_check import DrawnBy, SpotCheck
from .binding import FINAL, bind_roll_ups

Answer = tuple[tuple[SpotCheck, int], list[object]]


@dataclass(frozen=True, slots=True)
class DrawSpotCheck:
    """Of one closed round."""

    campaign_id: UUID


async def draw_spot_check(
    command: DrawSpotCheck, work: Work
) -> tuple[tuple[Draw, int], list[object]]:
    """Draw the sample among the filed and make its spot checks, once a round.

    Raises RoundNotClosed, Taken for a second draw, NobodyFiled.

    Rules: R-26, R-47. Articles: D-21, T-24.
    """
    campaign = await store.campaigns.get(work, command.campaign_id)
    if campaign.state is not CampaignState.CLOSED:
        raise RoundNotClosed
    if await store.draw_of(work, campaign.campaign_id) is not None:
        raise Taken
    due = await store.due_in(work, campaign.year)
    filed = {each.programme_code: each for each in due if each.filed}
    candidates = await _candidates(work, campaign, list(filed.values()))
    made = drawn(
        uuid7(), campaign.coordinates, campaign.year, campaign.campaign_id, campaign.required,
        candidates, work.person, work.today,
    )  # fmt: skip
    points = {each.programme_code: each.points for each in candidates}
    events: list[object] = []
    for code in (*made.by_risk, *made.at_random):
        by = DrawnBy.RISK if code in made.by_risk else DrawnBy.RANDOM
        check = _check(campaign, filed[code], by, points[code])
        await store.spot_checks.add(work, check)
        events += check.sampled()
        made.spot_check_ids += (check.spot_check_id,)
        await _task(work, check, "district_finance", "assign", "指派复核人")
    await store.draws.add(work, made)
    return (made, 1), events


async def _candidates(work: Work, campaign: Campaign, filed: list[SelfEvaluation]) -> list[Listed]:
    known = Known(await store.every_programme(work))
    cut_off = await reference.last_cut_off(work, campaign.year)
    last = await _last_results(work, campaign.year - 1)
    rows = []
    for each in filed:
        programme = known.by_id[each.programme_id]
        score, large = last.get(each.programme_id, (None, False))
        facts = known.risk_facts(
            programme, campaign.year, cut_off, last_grade=score, large_difference=large
        )
        points: RiskPoints = risk_points(facts)
        rows.append(
            listed(
                campaign.campaign_id, each.programme_id, each.programme_code,
                each.funds.denominator, points,
            )
        )  # fmt: skip
    return rows


async def _last_results(work: Work, year: int) -> dict[UUID, tuple[Grade | None, bool]]:
    """Grade of the year before and whether its recheck differed largely (R-26)."""
    results: dict[UUID, tuple[Grade | None, bool]] = {
        each.programme_id: (each.score.grade, False)
        for each in await store.due_in(work, year)
        if each.score is not None
    }
    for check in await store.spot_checks_in(work, year):
        if check.state in FINAL and check.governing_score is not None:
            large = check.difference is not None and check.difference.large_difference
            results[check.programme_id] = (grade(check.governing_score), large)
    return results


def _check(campaign: Campaign, own: SelfEvaluation, by: DrawnBy, points: int) -> SpotCheck:
    return SpotCheck(
        spot_check_id=uuid7(), programme_id=own.programme_id, coordinates=own.coordinates,
        year=own.year, campaign_id=campaign.campaign_id,
        self_evaluation_id=own.self_evaluation_id, programme_code=own.programme_code,
        programme_name=own.programme_name, drawn_by=by, risk_points=points,
        indicators=own.indicators, funds=own.funds, self_actuals=own.actuals,
        self_score=own.score, involved=own.involved,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssignSpotCheck:
    """Two checkers by person id."""

    spot_check_id: UUID
    checkers: tuple[str, ...] = ()


async def assign_spot_check(command: AssignSpotCheck, work: Work) -> Answer:
    """Name the checkers. Rules: R-51. Articles: D-21, T-24."""
    check = await store.spot_checks.take(work, command.spot_check_id)
    check.assign(command.checkers)
    await _task(work, check, "district_finance", "rescore", "复核评分")
    return await _saved(work, check, [])


@dataclass(frozen=True, slots=True)
class RescoreSpotCheck:
    """What was found, every indicator; money only where it differs."""

    spot_check_id: UUID
    actuals_found: dict[str, Actual] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    executed_found: Money | None = None


async def rescore_spot_check(command: RescoreSpotCheck, work: Work) -> Answer:
    """Score again by the same rules. Rules: R-6 to R-9, R-13. Articles: D-21, T-24."""
    check = await store.spot_checks.take(work, command.spot_check_id)
    spent = command.executed_found
    funds = None if spent is None else replace(check.funds, executed=spent)
    check.rescore(command.actuals_found, command.problems, work.person, funds)
    return await _saved(work, check, [])


@dataclass(frozen=True, slots=True)
class FeedBackSpotCheck:
    """Sent to the evaluated party."""

    spot_check_id: UUID


async def feed_back_spot_check(command: FeedBackSpotCheck, work: Work) -> Answer:
    """Send the recheck out; 10 working days to answer. Rules: R-28. Articles: D-21, T-24."""
    check = await store.spot_checks.take(work, command.spot_check_id)
    days = await reference.working_days(work)
    events: list[object] = [*check.feed_back(work.person, work.today, days)]
    await _task(work, check, "unit", "answer", "答复复核结果")
    return await _saved(work, check, events)


@dataclass(frozen=True, slots=True)
class AnswerSpotCheck:
    """The evaluated party's answer."""

    spot_check_id: UUID
    answer: str


async def answer_spot_check(command: AnswerSpotCheck, work: Work) -> Answer:
    """Answer the recheck. Rules: R-52. Articles: D-21, T-24."""
    check = await store.spot_checks.take(work, command.spot_check_id)
    check.reply(command.answer, work.person, work.today)
    await _task(work, check, "district_finance", "conclude", "形成复核结论")
    return await _saved(work, check, [])


async def conclude_spot_check(command: FeedBackSpotCheck, work: Work) -> Answer:
    """Make it final; in a closed round what rests on the score binds anew.

    Rules: R-12, R-13, R-51. Articles: D-21, T-24.
    """
    check = await store.spot_checks.take(work, command.spot_check_id)
    events: list[object] = [*check.conclude(work.person, work.today)]
    await close_tasks(work, record=check.spot_check_id)
    answer = await _saved(work, check, events)
    campaign = await store.campaigns.see(work, check.campaign_id)
    if campaign.state is CampaignState.CLOSED:
        due = await store.due_in(work, check.year)
        events += await bind_roll_ups(work, campaign, due, only=check.programme_id)
    return answer


async def draw_of(work: Work, campaign_id: UUID) -> tuple[Draw, int]:
    """The draw of a round. Raises NotFound."""
    made = await store.draw_of(work, campaign_id)
    if made is None:
        raise NotFound
    return made, store.draws.version_of(work, made.draw_id)


async def _task(work: Work, check: SpotCheck, role: str, act: str, words: str) -> None:
    await close_tasks(work, record=check.spot_check_id)
    await open_task(
        work, role=role, at=check.coordinates, kind=f"spot_check.{act}",
        title=f"{words}：{check.programme_name}", record=check.spot_check_id,
        programme_id=check.programme_id, due_on=check.answer_due_on if act == "answer" else None,
    )  # fmt: skip


async def _saved(work: Work, check: SpotCheck, events: list[object]) -> Answer:
    await store.spot_checks.save(work, check)
    return (check, store.spot_checks.version_of(work, check.spot_check_id)), events
