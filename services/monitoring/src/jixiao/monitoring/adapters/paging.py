"""Pages of a list: at most 200 rows, the token is where the next page starts."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.sql import ClauseElement

from jixiao.servicekit.errors import Faulty, Finding
from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

A = TypeVar("A", bound=Any)
M = TypeVar("M")
MOST = 200


def start_of(request: Any) -> tuple[int, int]:
    """Rows of a page and where it starts. Raises Faulty for a token that is none."""
    token = request.page_token or "0"
    if not (token.isascii() and token.isdigit() and len(token) < 9):
        raise Faulty(Finding("/page_token", "page_token", "翻页标记无效，请从第一页重新查询。"))
    return request.page_size or MOST, int(token)


def asked_id(text: str) -> UUID | None:
    """A filter by id; None where it is not set."""
    return UUID(text) if text else None


async def page(
    work: Work,
    records: Records[A],
    statement: ClauseElement,
    request: Any,
    render: Callable[[A, int], M],
    **filters: object,
) -> tuple[list[M], str]:
    """One page of a listing, rendered, and the token of the next ("" at the end)."""
    most, start = start_of(request)
    asked = {f"of_{name}": value or None for name, value in filters.items()}
    found = await records.find(work, statement, most=most + 1, start=start, **asked)
    shown = [
        render(one, records.version_of(work, getattr(one, records.key))) for one in found[:most]
    ]
    return shown, str(start + most) if len(found) > most else ""
