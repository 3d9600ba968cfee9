"""Target adjustments in the database."""

from jixiao.servicekit.records import Records

from ..domain.adjustment import TargetAdjustment
from .listing import by_id, by_text, by_year, page_of
from .tables import adjustments

records = Records(adjustments, TargetAdjustment, "adjustment_id", "target_id")
listed = page_of(
    adjustments,
    by_id(adjustments.c.programme_id, "programme_id"),
    by_year(adjustments),
    by_text(adjustments.c.state, "state"),
)
