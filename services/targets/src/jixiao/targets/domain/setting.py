"""What an overall target's decomposition sets for one town's part."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit.values import Coordinates

from .indicator import Indicator


@dataclass(slots=True)
class TownValues:
    """Indicators of the overall target with one town's values, kept where the town sees them.

    Articles: T-15(2). Rules: R-20.
    """

    values_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    indicators: tuple[Indicator, ...]
    state: str = "set"
    version: int = 0
