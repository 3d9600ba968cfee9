"""The congress package: put together, checked, approved, submitted, read, answered (D-28)."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from uuid import UUID, uuid5

from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.tasks import close_tasks, open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money, uuid7

from ..adapters import offices, packages, programmes
from ..domain import snapshot
from ..domain.errors import SecretInPackage
from ..domain.events import Event
from ..domain.kinds import FINANCE
from ..domain.known import TargetRow
from ..domain.package import CongressPackage, PackageItem, PackageKind
from .composing import text
from .publishing import office

Seen = tuple[CongressPackage, date, str | None]
PackageDone = tuple[tuple[Seen, int], list[Event]]


@dataclass(frozen=True, slots=True)
class CreatePackage:
    """Of a year, for a session."""

    year: int
    kind: PackageKind
    title: str
    session_on: date


@dataclass(frozen=True, slots=True)
class NamedItem:
    """A programme for the package; amount, text and indicators of a target not yet released."""

    programme_id: UUID
    amount: Money | None = None
    annual_text: str = ""
    indicators: tuple[TargetRow, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class OnPackage:
    """An act on a package, with the words that it needs."""

    package_id: UUID
    text: str = ""
    document_number: str = ""
    programme_id: UUID | None = None
    number: int = 0
    items: tuple[NamedItem, ...] = field(default_factory=tuple)


def viewer(work: Work) -> str | None:
    """The line whose rows alone the caller is shown; None: all of them."""
    return work.principal.line if work.principal.role == "department" else None


async def create_package(command: CreatePackage, work: Work) -> PackageDone:
    """Open a package in drafting. Raises Taken where the year has one. Articles: D-28."""
    at = Coordinates(work.principal.territory[:6], FINANCE, "")
    package = CongressPackage(
        uuid7(), at, command.year, command.kind, command.title, command.session_on
    )
    events = package.create(work.today)
    await packages.records.add(work, package)
    return ((package, work.today, viewer(work)), 1), events


async def submit_items(command: OnPackage, work: Work) -> PackageDone:
    """Put programmes in. Raises NotFound, SecretInPackage, PackageFrozen. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    items = await _items(work, command.items, package.year)
    return await _saved(work, package, package.submit_items(items, work.today))


async def _items(work: Work, named: tuple[NamedItem, ...], year: int) -> tuple[PackageItem, ...]:
    """Rows from the copies, within the caller's scope.

    A secret and a programme out of scope get one and the same answer, so it tells nothing.
    """
    names = await offices.names(work)
    rows = []
    for item in named:
        try:
            programme = await programmes.records.see(work, item.programme_id)
        except NotFound:
            raise SecretInPackage from None
        page = snapshot.package_row(programme, year, names) | _own_words(item)
        rows.append(
            PackageItem(
                item.programme_id, programme.coordinates.line, programme.name, text(page),
                item.note, work.person, work.today,
            )
        )  # fmt: skip
    return tuple(rows)


def _own_words(item: NamedItem) -> dict[str, object]:
    """What the department says of a target that is not released yet."""
    words: dict[str, object] = {}
    if item.amount is not None:
        words["amount"] = str(item.amount)
    if item.annual_text:
        words["annual_text"] = item.annual_text
    if item.indicators:
        rows = json.dumps([asdict(row) for row in item.indicators], default=str)
        words["indicators"] = [
            {**row, "target": row.pop("target_text"), "actual": None, "score": None}
            for row in json.loads(rows)
        ]
    return words


async def check_package(command: OnPackage, work: Work) -> PackageDone:
    """Finance has checked it. Raises NotFound, PackageState, PackageEmpty. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    return await _saved(work, package, package.check(command.text, work.person, work.today))


async def approve_package(command: OnPackage, work: Work) -> PackageDone:
    """Record the government's approval. Raises NotFound, PackageState, OwnFiling. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    events = package.approve(command.document_number, work.person, work.today)
    return await _saved(work, package, events)


async def submit_package(command: OnPackage, work: Work) -> PackageDone:
    """Hand it to the congress. Raises NotFound, PackageState. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    events = package.submit(command.document_number, work.person, work.today)
    await open_task(
        work, role="congress", at=package.coordinates, kind="congress_package.read",
        title=f"审阅：{package.title}", record=package.package_id,
    )  # fmt: skip
    return await _saved(work, package, events)


async def add_supplement(command: OnPackage, work: Work) -> PackageDone:
    """Add what came later. Raises NotFound, SecretInPackage, PackageState. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    items = await _items(work, command.items, package.year)
    events = package.supplement(command.text, items, work.person, work.today)
    return await _saved(work, package, events)


async def read_package(command: OnPackage, work: Work) -> PackageDone:
    """Record that the congress has read it. Raises NotFound before submission. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    events = package.read(work.person, work.today)
    await close_tasks(work, record=package.package_id)
    return await _saved(work, package, events)


async def ask_question(command: OnPackage, work: Work) -> PackageDone:
    """Ask; the answer is due after 15 days. Raises NotFound, NoSuchRow. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    question = package.ask(command.programme_id, command.text, work.person, work.today)
    await open_task(
        work, role="district_finance" if question.line == FINANCE else "department",
        at=Coordinates(package.coordinates.territory, question.line, ""),
        kind="congress_package.answer", title=f"答复区人大询问：{question.text[:60]}",
        record=_task_of(package, question.number), programme_id=question.programme_id,
        due_on=question.due_on,
    )  # fmt: skip
    return await _saved(work, package, package.questioned(work.today))


async def answer_question(command: OnPackage, work: Work) -> PackageDone:
    """Answer. Raises NotFound, NoSuchRow, NotYourRow. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    events = package.answer(
        command.number, command.text, office(work).code, work.person, work.today
    )
    await close_tasks(work, record=_task_of(package, command.number))
    return await _saved(work, package, events)


def _task_of(package: CongressPackage, number: int) -> UUID:
    """Each question has a task of its own, so that one answer leaves the others on the list."""
    return uuid5(package.package_id, str(number))


async def close_package(command: OnPackage, work: Work) -> PackageDone:
    """Close it. Raises NotFound, Unanswered, PackageState. Articles: D-28."""
    package = await packages.records.take(work, command.package_id)
    events = package.close(work.today)
    await close_tasks(work, record=package.package_id)
    return await _saved(work, package, events)


async def _saved(work: Work, package: CongressPackage, events: list[Event]) -> PackageDone:
    await packages.records.save(work, package)
    version = packages.records.version_of(work, package.package_id)
    return ((package, work.today, viewer(work)), version), events
