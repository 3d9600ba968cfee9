"""Every service's own form drafts, over gRPC (P5.8)."""

from collections.abc import Iterable, Mapping
from typing import Any

from protobuf.wkt import Struct

from jixiao.api.drafts.v1 import drafts_pb
from jixiao.api.drafts.v1.drafts_pb_grpc import DraftsService

from . import drafts
from .errors import NotFound
from .rpc import Context, Servicer
from .transaction import Transactions, Work

CONTRACT = drafts_pb.desc().services


class DraftCalls(Servicer, DraftsService):
    """Answers `Drafts` for the forms that this service's contract files."""

    def __init__(self, transactions: Transactions, contracts: Iterable[Any]) -> None:
        super().__init__(transactions)
        self._forms = {form.name: form for form in drafts.forms_of(contracts).values()}

    async def save_draft(
        self, request: drafts_pb.SaveDraftRequest, context: Context
    ) -> drafts_pb.DraftEntry:
        """Keep it."""
        del context
        content = whole(request.content.to_python() if request.content else {})

        async def handle(work: Work) -> tuple[tuple[Mapping[str, Any], int], list[object]]:
            row = await drafts.save(work, self._form(request.form), request.key, content)
            return (row, row["version"]), []

        return await self.once(request, handle, _entry)

    async def discard_draft(
        self, request: drafts_pb.DiscardDraftRequest, context: Context
    ) -> drafts_pb.DraftEntry:
        """Throw it away."""
        del context

        async def handle(work: Work) -> tuple[tuple[Mapping[str, Any], int], list[object]]:
            row = await drafts.discard(work, self._form(request.form), request.key)
            return (row, row["version"]), []

        return await self.once(request, handle, _entry)

    async def get_draft(
        self, request: drafts_pb.GetDraftRequest, context: Context
    ) -> drafts_pb.Draft:
        """Read it whole."""
        del context

        async def look(work: Work) -> drafts_pb.Draft:
            row = await drafts.see(work, self._form(request.form), request.key)
            return drafts_pb.Draft(**_stated(row), content=Struct.from_python(row["content"]))

        return await self.read(request, look)

    async def list_drafts(
        self, request: drafts_pb.ListDraftsRequest, context: Context
    ) -> drafts_pb.DraftList:
        """Those of the caller's post here."""
        del context

        async def look(work: Work) -> drafts_pb.DraftList:
            rows = await drafts.listed(work)
            return drafts_pb.DraftList(drafts=[_entry(row, row["version"]) for row in rows])

        return await self.read(request, look)

    def _form(self, name: str) -> drafts.Form:
        if name not in self._forms:
            raise NotFound
        return self._forms[name]


def _entry(row: Mapping[str, Any], version: int) -> drafts_pb.DraftEntry:
    del version  # the row's own
    return drafts_pb.DraftEntry(**_stated(row))


def _stated(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "form": row["form"], "key": row["key"], "saved_by": row["saved_by"],
        "saved_on": str(row["saved_on"] or ""), "expires_on": str(row["expires_on"] or ""),
        "etag": str(row["version"]),
    }  # fmt: skip


def whole(value: Any) -> Any:
    """A Struct's numbers are floats: what was typed as 2026 is 2026 again."""
    match value:
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case dict():
            return {name: whole(held) for name, held in value.items()}
        case list():
            return [whole(one) for one in value]
        case _:
            return value
