"""What was published: versions that are never edited in place (R-42)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import SecondPerson
from jixiao.servicekit.values import Coordinates, is_own

from .duty import Office, Proposal
from .errors import ContentMissing, NothingProposed, NotOwner, Withdrawn
from .events import (
    Event,
    PublicationCorrected,
    PublicationNoted,
    PublicationPublished,
    PublicationWithdrawn,
)
from .kinds import FINANCE, Kind


class State(StrEnum):
    """Of the publication as a whole."""

    PUBLISHED = "published"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version as it stood."""

    number: int
    day: date
    snapshot: str
    document_number: str
    proposed_by: str
    reviewed_by: str
    what: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that waits for its secrecy review."""

    proposal: Proposal
    what: str
    why: str


@dataclass(slots=True)
class Publication:
    """A public page with its versions. Articles: D-27, T-35."""

    publication_id: UUID
    programme_id: UUID | None
    coordinates: Coordinates
    year: int
    duty_id: UUID
    kind: Kind
    owner: str
    public_id: str
    """Given at first publication and random, so that no gap tells of what is unpublished."""
    versions: tuple[PublishedVersion, ...] = ()
    correction: Correction | None = None
    withdrawn_on: date | None = None
    withdrawn_reason: str = ""
    state: State = State.PUBLISHED
    version: int = 0

    def publish(self, proposal: Proposal, reviewer: str, day: date) -> list[Event]:
        """Publish version 1. Articles: D-27, T-35."""
        return [self._append(PublicationPublished, proposal, reviewer, day)]

    def propose_correction(
        self, snapshot: str, document_number: str, what: str, why: str, by: Office, day: date
    ) -> list[Event]:
        """Fix the corrected content for its secrecy review.

        Raises NotOwner, Withdrawn, ContentMissing.

        Articles: D-27. Rules: R-42.
        """
        self._correctable(by)
        if not snapshot:
            raise ContentMissing(missing="更正后的内容")
        proposal = Proposal(snapshot, document_number, by.person, day)
        self.correction = Correction(proposal, what, why)
        return [PublicationNoted(self.publication_id, self.programme_id, "correction_proposed")]

    def confirm_correction(self, by: Office, day: date) -> list[Event]:
        """Publish version n+1 with what, why and when; version n stays as it was.

        Raises NotOwner, Withdrawn, NothingProposed, SecondPerson.

        Articles: D-27. Rules: R-42, R-51.
        """
        self._correctable(by)
        correction = self.correction
        if correction is None:
            raise NothingProposed
        if is_own(by.person, correction.proposal.proposed_by):
            raise SecondPerson
        told = self._append(
            PublicationCorrected,
            correction.proposal,
            by.person,
            day,
            correction.what,
            correction.why,
        )
        self.correction = None
        self.state = State.CORRECTED
        return [told]

    def withdraw(self, reason: str, by: Office, day: date) -> list[Event]:
        """Take it down at once; the reason is shown in its place. Raises NotOwner, Withdrawn.

        Articles: D-27. Rules: R-41.
        """
        self._correctable(by)
        self.state = State.WITHDRAWN
        self.correction = None
        self.withdrawn_on = day
        self.withdrawn_reason = reason
        return [PublicationWithdrawn(self.publication_id, self.public_id, reason, day)]

    def _append(
        self, kind: type[PublicationPublished], proposal: Proposal, reviewer: str, day: date,
        what: str = "", why: str = "",
    ) -> PublicationPublished:  # fmt: skip
        number = len(self.versions) + 1
        self.versions += (
            PublishedVersion(
                number, day, proposal.snapshot, proposal.document_number, proposal.proposed_by,
                reviewer, what, why,
            ),
        )  # fmt: skip
        return kind(
            self.publication_id, self.public_id, self.kind, self.year, number, day,
            proposal.snapshot, what, why, proposal.document_number,
        )  # fmt: skip

    def _correctable(self, by: Office) -> None:
        if by.code != self.owner:
            raise NotOwner(owner="区财政局" if self.owner == FINANCE else "该项目的主管部门")
        if self.state is State.WITHDRAWN:
            raise Withdrawn
