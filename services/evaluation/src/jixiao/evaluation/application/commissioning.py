"""Third parties: registered, commissioned, declared free of conflict. Articles: D-6(8), T-26."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money, uuid7

from ..adapters import contracting, store
from ..domain.commission import (
    Commission,
    CommissionState,
    Declaration,
    PriorWork,
    Subject,
)
from ..domain.execution import NOTHING
from ..domain.known import Known
from ..domain.third_party import ThirdParty

Answer = tuple[tuple[Commission, int], list[object]]


@dataclass(frozen=True, slots=True)
class RegisterThirdParty:
    """An institution."""

    name: str
    credit_code: str


async def register_third_party(
    command: RegisterThirdParty, work: Work
) -> tuple[tuple[ThirdParty, int], list[object]]:
    """Register it. Raises Taken for a credit code that is known. Articles: D-6(8)."""
    at = Coordinates(work.principal.territory[:6], "-", "-")
    known = ThirdParty(uuid7(), at, work.today.year, command.name, command.credit_code)
    events: list[object] = [*known.registered()]
    await store.third_parties.add(work, known)
    return (known, 1), events


@dataclass(frozen=True, slots=True)
class SuspendThirdParty:
    """Until a day, with a reason."""

    third_party_id: UUID
    until: date
    reason: str = ""


async def suspend_third_party(
    command: SuspendThirdParty, work: Work
) -> tuple[tuple[ThirdParty, int], list[object]]:
    """Give it no commission. Rules: R-43. Articles: D-6(8)."""
    known = await store.third_parties.take(work, command.third_party_id)
    events: list[object] = [*known.suspend(command.reason, command.until)]
    await store.third_parties.save(work, known)
    return (known, store.third_parties.version_of(work, known.third_party_id)), events


@dataclass(frozen=True, slots=True)
class CreateCommission:
    """One task of one third party, with its end."""

    third_party_id: UUID
    programme_id: UUID
    year: int
    subject: Subject
    subject_id: UUID
    persons: tuple[str, ...]
    lead_evaluator: str
    ends_on: date
    fee: Money = NOTHING
    starts_on: date | None = None


async def create_commission(command: CreateCommission, work: Work) -> Answer:
    """Invite a third party that is fit; it sees nothing before it has declared.

    Rules: R-43. Articles: D-6(8), D-10, T-26.
    """
    programme = await store.known_programmes.see(work, command.programme_id)
    third_party = await store.third_parties.see(work, command.third_party_id)
    known = Known(await store.every_programme(work))
    objects = known.below(programme.programme_id)
    grant = work.principal
    invited = Commission(
        commission_id=uuid7(), programme_id=programme.programme_id,
        coordinates=programme.coordinates, year=command.year,
        third_party_id=command.third_party_id, subject=command.subject,
        subject_id=command.subject_id, object_ids=objects, persons=command.persons,
        lead_evaluator=command.lead_evaluator, commissioned_by=grant.line or grant.role,
        evaluated_unit=programme.coordinates.unit, fee=command.fee,
        starts_on=command.starts_on or work.today, ends_on=command.ends_on,
        known_works=await _known_works(work, command, objects),
    )  # fmt: skip
    events: list[object] = [*invited.invite(third_party, work.today)]
    await store.commissions.add(work, invited)
    return (invited, 1), events


async def _known_works(
    work: Work, command: CreateCommission, objects: tuple[UUID, ...]
) -> tuple[PriorWork, ...]:
    """What this system knows: who assessed or filed an object does not evaluate it (R-43).

    An institution by itself, and each of its persons wherever he worked before.
    """
    if command.subject is not Subject.KEY_EVALUATION:
        return ()
    persons = set(command.persons)
    assessed = [
        PriorWork(each.programme_id, "exante", each.contracted_on, "事前绩效评估")
        for each in await contracting.assessed(work, objects)
        if each.contracted_on is not None
        and (each.third_party_id == command.third_party_id or persons & set(each.persons))
    ]
    filed = [
        PriorWork(each.programme_id, "self_evaluation", each.filed_on, "绩效自评填报")
        for each in await store.due_in(work, command.year)
        if each.programme_id in objects and each.filed_on and persons & set(each.of_the_evaluated)
    ]
    return (*assessed, *filed)


@dataclass(frozen=True, slots=True)
class DeclaredWork:
    """Work done before; no object: the programme of the commission."""

    kind: str
    done_on: date
    text: str = ""
    object_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the institution (`person` empty) or one person declares."""

    person: str = ""
    prior_works: tuple[DeclaredWork, ...] = ()
    kinship: str = ""
    investment: str = ""


@dataclass(frozen=True, slots=True)
class DeclareConflict:
    """The declarations of all, at once."""

    commission_id: UUID
    declarations: tuple[Declared, ...] = ()


async def declare_conflict(command: DeclareConflict, work: Work) -> Answer:
    """Take the declarations: free of conflict it is contracted and access begins.

    A conflict terminates it, and that is stored; the refusal follows once it is committed.

    Rules: R-43. Articles: D-6(8), T-26.
    """
    commission = await contracting.named_on(work, command.commission_id)
    given = [
        Declaration(
            each.person,
            tuple(
                PriorWork(w.object_id or commission.programme_id, w.kind, w.done_on, w.text)
                for w in each.prior_works
            ),
            each.kinship, each.investment, work.today,
        )
        for each in command.declarations
    ]  # fmt: skip
    events: list[object] = [*commission.declare(given, work.today)]
    if commission.state is CommissionState.DECLARED:
        events += commission.contract(work.today)
    return await _saved(work, commission, events)


@dataclass(frozen=True, slots=True)
class TerminateCommission:
    """With a reason."""

    commission_id: UUID
    reason: str = ""


async def terminate_commission(command: TerminateCommission, work: Work) -> Answer:
    """End it early; its access ends with it. Articles: D-6(8)."""
    commission = await store.commissions.take(work, command.commission_id)
    events: list[object] = [*commission.terminate(command.reason)]
    return await _saved(work, commission, events)


async def _saved(work: Work, value: Commission, events: list[object]) -> Answer:
    await store.commissions.save(work, value)
    return (value, store.commissions.version_of(work, value.commission_id)), events
