"""What kinds of programme there are, and what a filing must know of its programme."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.values import Coordinates


class ObjectType(StrEnum):
    """Object of performance management (D-3)."""

    DEPARTMENT_OVERALL = "department_overall"
    POLICY = "policy"
    PROJECT = "project"


class TransferClass(StrEnum):
    """Class of a transfer (T-2)."""

    SHARED_RESPONSIBILITY = "shared_responsibility"
    SPECIAL = "special"


class AllocationMethod(StrEnum):
    """How a transfer reaches the towns."""

    FACTOR = "factor"
    PROJECT = "project"


class Origin(StrEnum):
    """Level of government the money comes from."""

    CENTRAL = "central"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


class BudgetType(StrEnum):
    """Which of the four budgets (D-2)."""

    GENERAL_PUBLIC = "general_public"
    GOVERNMENT_FUND = "government_fund"
    STATE_CAPITAL = "state_capital"
    SOCIAL_INSURANCE = "social_insurance"


class Instrument(StrEnum):
    """How the money works (D-2)."""

    ORDINARY = "ordinary"
    INVESTMENT_FUND = "investment_fund"
    PPP = "ppp"
    PROCUREMENT = "procurement"
    PURCHASE_OF_SERVICES = "purchase_of_services"
    DEBT = "debt"


class Classification(StrEnum):
    """Secrecy, R-41; the three state levels name stubs only."""

    PUBLIC = "public"
    INTERNAL = "internal"
    WORK_SECRET = "work_secret"  # noqa: S105
    STATE_SECRET_BASIC = "state_secret_basic"  # noqa: S105
    STATE_SECRET_HIGH = "state_secret_high"  # noqa: S105
    STATE_SECRET_TOP = "state_secret_top"  # noqa: S105

    @property
    def is_state_secret(self) -> bool:
        """Say whether content of this level must stay outside (SSL 14)."""
        return self.value.startswith("state_secret")


class TargetLevel(StrEnum):
    """Level of a transfer's target (T-14); district programmes file project targets."""

    OVERALL = "overall"
    REGIONAL = "regional"
    PROJECT = "project"


BELOW = {TargetLevel.OVERALL: TargetLevel.REGIONAL, TargetLevel.REGIONAL: TargetLevel.PROJECT}
"""What a target is decomposed to (T-15(2))."""


@dataclass(frozen=True, slots=True)
class FiledFor:
    """What a target must know of its programme; only `Programme.filed_for` makes one.

    `by_factors`: the transfer reaches the towns by the factor method; `part_of_regional`
    marks a project under a regional target, whose chain ends in the town.
    """

    programme_id: UUID
    coordinates: Coordinates
    object_type: ObjectType
    transfer: bool
    target_level: TargetLevel
    part_of_regional: bool
    scored_review: bool
    by_factors: bool


def programme_code(line: str, unit: str, year: int, serial: int, *, classified: bool) -> str:
    """Return `<line>-<unit code>-<year>-<serial>`; classified serials are a series apart.

    A stub must leave no gap in the open numbering, so its serial is marked `m` and
    counted by itself; the caller counts.

    Rules: R-41.
    """
    return f"{line}-{unit}-{year}-{'m' if classified else ''}{serial:04d}"
