"""What happened to third parties and their commissions, as others keep it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.measures.score import Grade
from jixiao.servicekit.values import Coordinates


@dataclass(frozen=True, slots=True)
class ThirdPartyRegistered:
    """Known to district finance (D-6(8))."""

    third_party_id: UUID
    name: str
    state: str = "registered"

    @property
    def record_id(self) -> UUID:
        """The third party, as told."""
        return self.third_party_id


@dataclass(frozen=True, slots=True)
class ThirdPartySuspended:
    """No commission until the day named; `until` is None for a removal (R-43)."""

    third_party_id: UUID
    reason: str
    until: date | None

    @property
    def record_id(self) -> UUID:
        """The third party, as told."""
        return self.third_party_id

    @property
    def state(self) -> str:
        """Suspended until a day, removed for good."""
        return "removed" if self.until is None else "suspended"


@dataclass(frozen=True, slots=True)
class CommissionInvited:
    """A third party was asked (D-6(8), T-26)."""

    commission_id: UUID
    third_party_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    subject: str
    subject_id: UUID
    until: date


@dataclass(frozen=True, slots=True)
class CommissionContracted:
    """From now until `ends_on` it sees its commission and nothing else (P3.2)."""

    commission_id: UUID
    third_party_id: UUID
    programme_id: UUID
    year: int
    subject: str
    subject_id: UUID
    person_ids: tuple[str, ...]
    object_ids: tuple[UUID, ...]
    until: date


@dataclass(frozen=True, slots=True)
class CommissionTerminated:
    """Ended early, for example by a conflict (R-43)."""

    commission_id: UUID
    third_party_id: UUID
    programme_id: UUID
    year: int
    reason: str
    state: str = "terminated"

    @property
    def record_id(self) -> UUID:
        """The commission, as told."""
        return self.commission_id


@dataclass(frozen=True, slots=True)
class CommissionEnded:
    """Its access is over: the end date passed, or it was terminated under way (P3.2)."""

    commission_id: UUID
    person_ids: tuple[str, ...]
    programme_id: UUID


@dataclass(frozen=True, slots=True)
class CommissionRated:
    """The quality mark of the work (R-43)."""

    commission_id: UUID
    third_party_id: UUID
    mark: Decimal
    grade: Grade
    rated_on: date
    programme_id: UUID
    state: str = "rated"

    @property
    def record_id(self) -> UUID:
        """The commission, as told."""
        return self.commission_id
