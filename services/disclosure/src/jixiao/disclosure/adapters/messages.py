"""Between the contract and the domain: what equal names do not already say."""

from datetime import date
from decimal import Decimal
from typing import Any

from jixiao.api.disclosure.v1 import events_pb, packages_pb, publications_pb
from jixiao.servicekit import wire
from jixiao.servicekit.events import Catalogue, Telling

from ..domain import events
from ..domain.duty import DisclosureDuty
from ..domain.known import ScoredRow, TargetRow
from ..domain.package import CongressPackage, PackageItem, Question
from ..domain.publication import Publication
from ..domain.wording import target_text

CATALOGUE = Catalogue(
    "disclosure",
    [
        Telling(
            events.PublicationPublished,
            events_pb.Published,
            "publication",
            "publication_id",
            "published",
        ),
        Telling(
            events.PublicationCorrected,
            events_pb.Published,
            "publication",
            "publication_id",
            "corrected",
        ),
        Telling(
            events.PublicationWithdrawn,
            events_pb.Withdrawn,
            "publication",
            "publication_id",
            "withdrawn",
        ),
        Telling(
            events.PublicationNoted,
            events_pb.Noted,
            "publication",
            "record_id",
            "correction_proposed",
        ),
        Telling(events.DutyCreated, events_pb.Noted, "duty", "record_id", "created"),
        Telling(events.DutyMoved, events_pb.Noted, "duty", "record_id", "moved"),
        Telling(events.PackageDrafted, events_pb.PackageMoved, "package", "package_id", "drafted"),
        Telling(events.PackageChecked, events_pb.PackageMoved, "package", "package_id", "checked"),
        Telling(
            events.PackageApproved, events_pb.PackageMoved, "package", "package_id", "approved"
        ),
        Telling(
            events.PackageSubmitted, events_pb.PackageMoved, "package", "package_id", "submitted"
        ),
        Telling(
            events.PackageSupplemented,
            events_pb.PackageMoved,
            "package",
            "package_id",
            "supplemented",
        ),
        Telling(events.PackageRead, events_pb.PackageMoved, "package", "package_id", "read"),
        Telling(
            events.PackageQuestioned, events_pb.PackageMoved, "package", "package_id", "questioned"
        ),
        Telling(
            events.PackageAnswered, events_pb.PackageMoved, "package", "package_id", "answered"
        ),
        Telling(events.PackageClosed, events_pb.PackageMoved, "package", "package_id", "closed"),
    ],
)


def duty(value: DisclosureDuty, version: int, today: date) -> publications_pb.Duty:
    """A duty as it is read, with its lateness of today."""
    return wire.write(
        value, publications_pb.Duty, etag=wire.etag(version), days_late=value.lateness(today)
    )


def publication(value: Publication, version: int) -> publications_pb.Publication:
    """A publication as it is read."""
    waiting = value.correction
    return wire.write(
        value,
        publications_pb.Publication,
        etag=wire.etag(version),
        correction_what=waiting.what if waiting else "",
        correction_why=waiting.why if waiting else "",
    )


def package(
    value: CongressPackage, version: int, today: date, line: str | None
) -> packages_pb.Package:
    """A package as it is read; a department (`line`) is shown its own rows and questions."""
    supplements = [
        wire.write(s, packages_pb.Supplement, items=_rows(s.items, line)) for s in value.supplements
    ]
    return wire.write(
        value,
        packages_pb.Package,
        etag=wire.etag(version),
        items=_rows(value.items, line),
        supplements=supplements,
        questions=[_question(q, today) for q in value.questions if line in (None, q.line)],
    )


def _rows(items: tuple[PackageItem, ...], line: str | None) -> list[packages_pb.PackageItem]:
    return [wire.write(i, packages_pb.PackageItem) for i in items if line in (None, i.line)]


def _question(value: Question, today: date) -> packages_pb.Question:
    return wire.write(value, packages_pb.Question, days_late=value.lateness(today))


def target_row(indicator: Any) -> TargetRow:
    """A released indicator as its row on a page."""
    return TargetRow(
        indicator.code, indicator.name, indicator.level1.name.lower(),
        indicator.level2.name.lower(),
        target_text(
            indicator.operator.name.lower(), indicator.target_value, indicator.target_low,
            indicator.target_high, indicator.unit, indicator.text_target,
        ),
        Decimal(indicator.weight or "0"),
    )  # fmt: skip


def scored_row(indicator: Any) -> ScoredRow:
    """A scored indicator as its row on a page."""
    return wire.read(indicator, ScoredRow)
