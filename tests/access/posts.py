"""One post per role at one place, and what lies just outside its scope (P3.8)."""

from uuid import NAMESPACE_OID, uuid5

from jixiao.servicekit.access import ROLE_KINDS, Principal

from .places import HERE

ROLES = tuple(sorted(set(ROLE_KINDS) - {"system", "anyone"}))
EVERYWHERE = ("here", "unit2", "line2", "town2", "district2", "secret", "task2")
OUTSIDE = {
    "s_district": ("district2", "secret"),
    "s_line": ("line2", "district2", "secret"),
    "s_unit": ("unit2", "line2", "town2", "district2", "secret"),
    "s_town": ("town2", "district2", "secret"),
    "s_townline": ("line2", "town2", "district2", "secret"),
    "s_commission": ("unit2", "line2", "town2", "district2", "secret", "task2"),
    "s_congress": EVERYWHERE,
    "s_none": EVERYWHERE,
}
"""By kind of scope: the places whose records are as if absent, for a caller without clearance."""


def post(role: str, *, cleared: bool = False) -> Principal:
    """A person who holds this role over HERE."""
    kind = ROLE_KINDS[role]
    wide = kind in ("s_district", "s_line", "s_congress", "s_commission")
    return Principal(
        person=str(uuid5(NAMESPACE_OID, role)), role=role, grant="", session="", cleared=cleared,
        territory="" if kind == "s_none" else HERE.territory[:6] if wide else HERE.territory,
        line=HERE.line if kind in ("s_line", "s_unit", "s_townline") else "",
        unit=HERE.unit if kind == "s_unit" else "",
        keys=(str(HERE.id("programme_id")),) if kind == "s_commission" else (),
    )  # fmt: skip
