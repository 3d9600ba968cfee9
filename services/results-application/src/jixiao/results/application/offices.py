"""Which office a caller acts for, as orders name it."""

from jixiao.servicekit.access import Principal


def office_of(principal: Principal) -> str:
    """Code of the caller's office: a unit, a department's line, `town-line`, a territory."""
    match principal.role:
        case "unit":
            return principal.unit
        case "department":
            return principal.line
        case "township_department":
            return f"{principal.territory}-{principal.line}"
        case _:
            return principal.territory
