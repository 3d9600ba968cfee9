"""Congress packages in the database, with a record check of their own (the second wall).

A package belongs to the whole district: finance and audit see it by territory, each department
may put its rows into it, and the congress sees it once it is submitted. The third wall says the
same by policies of this table (migration 0001).
"""

from sqlalchemy import Integer, bindparam, or_, select

from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Row
from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.package import CongressPackage
from .tables import packages

_listed = (
    select(packages)
    .where(or_(bindparam("of_year", type_=Integer) == 0, packages.c.year == bindparam("of_year")))
    .order_by(packages.c.year.desc(), packages.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)


class PackageRecords(Records[CongressPackage]):
    """Packages: in scope of the congress from their submission on. Articles: D-28."""

    def in_scope(self, principal: Principal, row: Row) -> bool:
        """Whether the caller may know of a package."""
        own: bool = row["district"] == principal.territory[:6]
        if row["classified"] and not principal.cleared:
            return False
        match principal.kind:
            case "s_congress":
                return own and row["submitted_on"] is not None
            case "s_line":
                return own
            case _:
                return principal.sees(row)


records = PackageRecords(packages, CongressPackage, "package_id", "kind", "submitted_on")


async def listed(work: Work, *, year: int, most: int, skip: int) -> list[CongressPackage]:
    """Packages in the caller's scope, newest year first."""
    return await records.find(work, _listed, of_year=year, most=most, skip=skip)
