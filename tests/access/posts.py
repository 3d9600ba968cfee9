"""One post per role at one place, and what lies just outside its scope (P3.8)."""

import time
from uuid import NAMESPACE_OID, uuid5

from jixiao.gateway.routes import Operation
from jixiao.servicekit.access import ROLE_KINDS, Principal

from .asking import name_of
from .places import HERE, PLACES, Place

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


_DISTRICT = ("district2", "secret")
_LINE = ("line2", "district2")
WIDER: dict[str, dict[str, tuple[str, ...]]] = {
    # Names the entry that was tampered with, whosever it is, and nothing of its content (P6.4).
    "Trails.VerifyTrail": {"s_district": (), "s_none": ()},
    # A package is the district's: departments put their rows in, the congress reads it (D-28).
    "Packages.": {"s_line": _DISTRICT, "s_congress": _DISTRICT},
    # Whoever commissions reads the register of the district (D-6(8)).
    "Commissions.ListThirdParties": {"s_line": _DISTRICT, "s_town": _DISTRICT},
    # Filers know what is open to projects of their line, and nothing else of it (T-11).
    "Programmes.CreateProgramme": {"s_line": _LINE, "s_unit": _LINE, "s_townline": _LINE},
}
"""Where more is in scope than a role's own coordinates, as the policies of the table say."""


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
        stepped_up_at=int(time.time()),
    )  # fmt: skip


def outside(operation: Operation, role: str, owner: str) -> list[Place]:
    """Places whose records are as if absent to this role in this operation."""
    kind, name = ROLE_KINDS[role], name_of(operation)
    if name == "Dossiers.ListOpenTasks" and kind == "s_congress" and owner == "disclosure":
        return [PLACES[one] for one in _DISTRICT]
    wider: dict[str, tuple[str, ...]] = next(
        (value for key, value in WIDER.items() if name.startswith(key)), {}
    )
    return [PLACES[one] for one in wider.get(kind, OUTSIDE[kind])]
