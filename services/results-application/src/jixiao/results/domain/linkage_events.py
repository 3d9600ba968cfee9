"""What happened to a linkage proposal: facts that other services and readers keep."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from jixiao.servicekit.values import Money


@dataclass(frozen=True, slots=True)
class LinkageProposed:
    """A linkage proposal stands, with its figures."""

    proposal_id: UUID
    programme_id: UUID
    year: int
    actions: tuple[str, ...]
    base: Money
    rate: Decimal
    cut: Money
    proposed_max: Money
    take_back: Money
    state: ClassVar[str] = "proposed"


@dataclass(frozen=True, slots=True)
class LinkageConsulted:
    """The department was asked for its opinion."""

    proposal_id: UUID
    programme_id: UUID
    due_on: date
    state: ClassVar[str] = "consulted"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.proposal_id


@dataclass(frozen=True, slots=True)
class LinkageCommented:
    """The department answered."""

    proposal_id: UUID
    programme_id: UUID
    comment: str
    state: ClassVar[str] = "consulted"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.proposal_id


@dataclass(frozen=True, slots=True)
class LinkageDecided:
    """Finance decided; the ceiling and the take-back go to the budget (D-26, T-31)."""

    proposal_id: UUID
    programme_id: UUID
    year: int
    decision: str
    actions: tuple[str, ...]
    base: Money
    rate: Decimal
    cut: Money
    ceiling: Money | None
    take_back: Money
    consequences: tuple[str, ...]
    state: ClassVar[str] = "decided"

    @property
    def proposed_max(self) -> Money | None:
        """What the budget may grant at most."""
        return self.ceiling


@dataclass(frozen=True, slots=True)
class LinkageRecomputed:
    """A corrected score or a late filing changed the base of a proposal."""

    proposal_id: UUID
    programme_id: UUID
    reason: str
    state: ClassVar[str] = "computed"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.proposal_id


@dataclass(frozen=True, slots=True)
class LinkageSubmittedToGovernment:
    """Adjustment or cancellation of a transfer was proposed to the government (T-31)."""

    proposal_id: UUID
    programme_id: UUID
    document_number: str
    state: ClassVar[str] = "submitted_to_government"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.proposal_id


@dataclass(frozen=True, slots=True)
class LinkageGovernmentDecided:
    """The district government decided on the transfer (T-31)."""

    proposal_id: UUID
    programme_id: UUID
    document_number: str
    outcome: str
    ceiling: Money
    state: ClassVar[str] = "government_decided"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.proposal_id


@dataclass(frozen=True, slots=True)
class LinkageSent:
    """The budget system fetched the decision."""

    proposal_id: UUID
    programme_id: UUID
    sent_on: date
    state: ClassVar[str] = "sent"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.proposal_id


@dataclass(frozen=True, slots=True)
class LinkageApplied:
    """The approved budget carries the decision."""

    proposal_id: UUID
    programme_id: UUID
    applied_on: date
    state: ClassVar[str] = "applied"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.proposal_id
