"""What happened in this service."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PublicationPublished:
    """A page appeared. Articles: D-27, T-35."""

    publication_id: UUID
    public_id: str
    kind: str
    year: int
    number: int
    day: date
    snapshot: str
    what: str
    why: str
    document_number: str


@dataclass(frozen=True, slots=True)
class PublicationCorrected(PublicationPublished):
    """A page's next version appeared, marked as a correction. Rules: R-42."""


@dataclass(frozen=True, slots=True)
class PublicationWithdrawn:
    """A page was taken down."""

    publication_id: UUID
    public_id: str
    reason: str
    day: date


@dataclass(frozen=True, slots=True)
class Noted:
    """A state that nobody else keeps figures of."""

    record_id: UUID
    programme_id: UUID | None
    state: str


@dataclass(frozen=True, slots=True)
class DutyCreated(Noted):
    """A duty to publish began."""


@dataclass(frozen=True, slots=True)
class DutyMoved(Noted):
    """A duty was prepared, returned, exempted or became overdue."""


@dataclass(frozen=True, slots=True)
class PublicationNoted(Noted):
    """A correction was proposed."""


@dataclass(frozen=True, slots=True)
class PackageMoved:
    """A package reached a state. Articles: D-28."""

    package_id: UUID
    year: int
    state: str
    day: date


@dataclass(frozen=True, slots=True)
class PackageDrafted(PackageMoved):
    """In drafting: made, or items put in."""


@dataclass(frozen=True, slots=True)
class PackageChecked(PackageMoved):
    """Checked by finance."""


@dataclass(frozen=True, slots=True)
class PackageApproved(PackageMoved):
    """Approved by the government."""


@dataclass(frozen=True, slots=True)
class PackageSubmitted(PackageMoved):
    """With the congress."""


@dataclass(frozen=True, slots=True)
class PackageSupplemented(PackageMoved):
    """A supplement was added; the state stays."""


@dataclass(frozen=True, slots=True)
class PackageRead(PackageMoved):
    """Read by the congress."""


@dataclass(frozen=True, slots=True)
class PackageQuestioned(PackageMoved):
    """A question was asked."""


@dataclass(frozen=True, slots=True)
class PackageAnswered(PackageMoved):
    """A question was answered; the state tells whether all are."""


@dataclass(frozen=True, slots=True)
class PackageClosed(PackageMoved):
    """Closed."""


Event = PublicationPublished | PublicationWithdrawn | Noted | PackageMoved
