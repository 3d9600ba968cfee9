"""The yearly round: the list agreed, announced, closed. Articles: D-20, T-23, T-24."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.errors import Finding
from jixiao.servicekit.tasks import open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import store
from ..domain.campaign import Campaign, DueProgramme, LineList, Side, rulebook_days
from ..domain.errors import NotTransfer
from ..domain.known import Known, KnownProgramme
from ..domain.self_evaluation import SelfEvaluation
from .binding import bind_roll_ups


@dataclass(frozen=True, slots=True)
class AgreeList:
    """One side's signature under a line's list; no ids: all that the line has executing."""

    year: int
    line: str = ""
    programme_ids: tuple[UUID, ...] = ()


async def agree_list(command: AgreeList, work: Work) -> tuple[tuple[LineList, int], list[object]]:
    """Sign a line's list for the caller's side. Raises NotTransfer. Articles: D-20(2)."""
    grant = work.principal
    line = grant.line or command.line
    side = Side.FINANCE if grant.role == "district_finance" else Side.DEPARTMENT
    chosen = _chosen(await _executing(work, command.year, line), command.programme_ids)
    found = await store.line_list(work, command.year, line)
    listed = found or LineList(uuid7(), Coordinates(grant.territory[:6], line, "-"), command.year)
    listed.agree(chosen, side, work.person, work.today)
    if found is None:
        await store.line_lists.add(work, listed)
    else:
        await store.line_lists.save(work, listed)
    return (listed, store.line_lists.version_of(work, listed.list_id)), []


async def _executing(work: Work, year: int, line: str) -> list[KnownProgramme]:
    known = Known(await store.every_programme(work))
    return [p for p in known.spending(year) if p.is_transfer and p.coordinates.line == line]


def _chosen(
    executing: list[KnownProgramme], programme_ids: tuple[UUID, ...]
) -> tuple[DueProgramme, ...]:
    known = {each.programme_id for each in executing}
    if strange := [each for each in programme_ids if each not in known]:
        places = {each: place for place, each in enumerate(programme_ids)}
        raise NotTransfer(
            *(
                Finding(
                    f"/programme_ids/{places[each]}", "not_transfer", "不是本条线的转移支付项目。"
                )
                for each in strange
            )
        )
    wanted = frozenset(programme_ids) or known
    return tuple(_due(each) for each in executing if each.programme_id in wanted)


def _due(known: KnownProgramme) -> DueProgramme:
    return DueProgramme(
        known.programme_id, known.code, known.name, known.coordinates, known.is_transfer
    )


@dataclass(frozen=True, slots=True)
class AnnounceCampaign:
    """Days left out come from the rule book (domain.md §10)."""

    year: int
    unit_due_on: date | None = None
    town_due_on: date | None = None
    report_due_on: date | None = None


async def announce_campaign(
    command: AnnounceCampaign, work: Work
) -> tuple[tuple[Campaign, int], list[object]]:
    """Announce and start a round; each programme due gets its prefilled self-evaluation.

    Articles: D-20, T-23.
    """
    year = command.year
    unit, town, report = rulebook_days(year)
    campaign = Campaign(
        uuid7(), Coordinates(work.principal.territory[:6], "-", "-"), year,
        command.unit_due_on or unit, command.town_due_on or town, command.report_due_on or report,
    )  # fmt: skip
    known = Known(await store.every_programme(work))
    await _put_on_list(work, campaign, known)
    events: list[object] = [*campaign.announce(work.person, work.today)]
    campaign.start()
    await store.campaigns.add(work, campaign)
    for each in campaign.programmes:
        events += await _open(work, campaign, known, known.by_id[each.programme_id])
    return (campaign, 1), events


async def _put_on_list(work: Work, campaign: Campaign, known: Known) -> None:
    """Direct programmes as they are, transfers as their lines' lists were signed."""
    lists = {
        each.coordinates.line: each for each in await store.all_line_lists(work, campaign.year)
    }
    spending = known.spending(campaign.year)
    for line in sorted({each.coordinates.line for each in spending}):
        direct = [_due(p) for p in spending if p.coordinates.line == line and not p.is_transfer]
        listed = lists.get(line)
        transfers = (
            listed.programmes if listed else tuple(
                _due(p) for p in spending if p.coordinates.line == line and p.is_transfer
            )
        )  # fmt: skip
        campaign.list_programmes(line, (*direct, *transfers))
        for signed in listed.signatures if listed else ():
            campaign.agree_list(line, signed.side, signed.person, signed.on)


async def _open(
    work: Work, campaign: Campaign, known: Known, programme: KnownProgramme
) -> list[object]:
    own = programme.of(campaign.year)
    opened = SelfEvaluation(
        self_evaluation_id=uuid7(), programme_id=programme.programme_id,
        coordinates=programme.coordinates, year=campaign.year, campaign_id=campaign.campaign_id,
        programme_code=programme.code, programme_name=programme.name,
        is_transfer=programme.is_transfer, due_on=campaign.unit_due_on, funds=own.funds,
        indicators=own.indicators, target_version=own.target_version,
        latest_actuals=own.latest_actuals, parent_id=programme.parent_id,
        root_id=known.root_of(programme),
    )  # fmt: skip
    await store.self_evaluations.add(work, opened)
    await open_task(
        work, role="unit", at=opened.coordinates, kind="self_evaluation.submit",
        title=f"报送绩效自评：{opened.programme_name}", record=opened.self_evaluation_id,
        programme_id=opened.programme_id, due_on=opened.due_on,
    )  # fmt: skip
    return [*opened.opened()]


@dataclass(frozen=True, slots=True)
class CloseCampaign:
    """Close or reopen, with a reason."""

    campaign_id: UUID
    reason: str = ""


async def close_campaign(
    command: CloseCampaign, work: Work
) -> tuple[tuple[Campaign, int], list[object]]:
    """Close the round: what is not filed counts 0, and every roll-up binds.

    Rules: R-12, R-37. Articles: D-20, T-24.
    """
    campaign = await store.campaigns.take(work, command.campaign_id)
    due = await store.due_in(work, campaign.year)
    filed = frozenset(each.programme_id for each in due if each.filed)
    events: list[object] = [*campaign.close(filed, command.reason, work.person, work.today)]
    await store.campaigns.save(work, campaign)
    events += await bind_roll_ups(work, campaign, due)
    return (campaign, store.campaigns.version_of(work, campaign.campaign_id)), events


async def reopen_campaign(
    command: CloseCampaign, work: Work
) -> tuple[tuple[Campaign, int], list[object]]:
    """Take the close back; nothing binds until the next. Rules: R-52. Articles: D-20."""
    campaign = await store.campaigns.take(work, command.campaign_id)
    events: list[object] = [*campaign.reopen(command.reason, work.today)]
    await store.campaigns.save(work, campaign)
    for each in await store.roll_ups_in(work, campaign.year):
        each.unbind()
        await store.roll_ups.save(work, each)
    return (campaign, store.campaigns.version_of(work, campaign.campaign_id)), events
