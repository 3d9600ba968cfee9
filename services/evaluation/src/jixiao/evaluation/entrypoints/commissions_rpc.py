"""gRPC in: third parties, commissions, published forms. No rule here."""

from functools import partial
from typing import Any, cast
from uuid import UUID

from jixiao.api.evaluation.v1 import commissions_pb as m
from jixiao.api.evaluation.v1 import forms_pb as f
from jixiao.api.evaluation.v1.commissions_pb_grpc import CommissionsService
from jixiao.api.evaluation.v1.forms_pb_grpc import FormsService
from jixiao.measures.cells import YUAN
from jixiao.servicekit import wire
from jixiao.servicekit.errors import Faulty, Finding
from jixiao.servicekit.rpc import Context, Servicer, validated
from jixiao.servicekit.transaction import Work

from ..adapters import contracting, messages, store
from ..application import commissioning, previewing
from ..domain.errors import ConflictOfInterest
from ..domain.published import FundsRow, IndicatorRow


class CommissionCalls(Servicer, CommissionsService):
    """Answers `Commissions`."""

    async def register_third_party(
        self, request: m.RegisterThirdPartyRequest, context: Context
    ) -> m.ThirdParty:
        """Register a third party."""
        command = wire.read(request, commissioning.RegisterThirdParty)
        handle = partial(commissioning.register_third_party, command)
        return await self.once(request, handle, messages.third_party)

    async def suspend_third_party(
        self, request: m.SuspendThirdPartyRequest, context: Context
    ) -> m.ThirdParty:
        """Suspend a third party."""
        command = wire.read(request, commissioning.SuspendThirdParty)
        handle = partial(commissioning.suspend_third_party, command)
        return await self.once(request, handle, messages.third_party)

    async def list_third_parties(
        self, request: m.ListThirdPartiesRequest, context: Context
    ) -> m.ThirdPartyList:
        """List third parties by credit code."""

        async def look(work: Work) -> m.ThirdPartyList:
            shown, following = await store.page(
                work, store.third_parties, store.third_party_list, request,
                lambda last: f"{last.credit_code}|{last.third_party_id}",
            )  # fmt: skip
            rows = [messages.third_party(*each) for each in shown]
            return m.ThirdPartyList(third_parties=rows, next_page_token=following)

        return await self.read(request, look)

    async def create_commission(
        self, request: m.CreateCommissionRequest, context: Context
    ) -> m.Commission:
        """Commission a third party."""
        command = wire.read(request, commissioning.CreateCommission)
        handle = partial(commissioning.create_commission, command)
        return await self.once(request, handle, messages.commission)

    async def declare_conflict(
        self, request: m.DeclareConflictRequest, context: Context
    ) -> m.Commission:
        """Declare interests: the end of a commission in conflict is stored, then refused."""
        command = wire.read(request, commissioning.DeclareConflict)
        handle = partial(commissioning.declare_conflict, command)
        stored = await self.once(request, handle, messages.commission)
        answer = m.Commission.from_binary(cast("bytes", stored))
        if answer.grounds:
            raise ConflictOfInterest(grounds="；".join(answer.grounds))
        return stored

    async def terminate_commission(
        self, request: m.TerminateCommissionRequest, context: Context
    ) -> m.Commission:
        """End a commission."""
        command = wire.read(request, commissioning.TerminateCommission)
        handle = partial(commissioning.terminate_commission, command)
        return await self.once(request, handle, messages.commission)

    async def get_commission(
        self, request: m.GetCommissionRequest, context: Context
    ) -> m.Commission:
        """Read a commission."""

        async def look(work: Work) -> m.Commission:
            return messages.commission(*await contracting.see(work, UUID(request.commission_id)))

        return await self.read(request, look)

    async def list_commissions(
        self, request: m.ListCommissionsRequest, context: Context
    ) -> m.CommissionList:
        """List commissions, oldest first; a third party also those that invite it."""

        async def look(work: Work) -> m.CommissionList:
            programme = UUID(request.programme_id) if request.programme_id else None
            found = await contracting.in_sight(work, request.year, programme)
            after = UUID(request.page_token) if request.page_token else store.FIRST
            rest = [each for each in found if each[0].commission_id > after]
            size = request.page_size or store.PAGE
            shown, more = rest[:size], len(rest) > size
            return m.CommissionList(
                commissions=[messages.commission(*each) for each in shown],
                next_page_token=str(shown[-1][0].commission_id) if more else "",
            )

        return await self.read(request, look)


class FormCalls(Servicer, FormsService):
    """Answers `Forms`."""

    async def preview_published_form(
        self, request: f.PreviewPublishedFormRequest, context: Context
    ) -> f.PublishedFormChecks:
        """Score a published form's rows."""
        validated(request)
        if request.unit and request.unit not in YUAN:
            known = "、".join(YUAN)
            raise Faulty(Finding("/unit", "unknown", f"金额单位须为{known}之一；留空即万元。"))
        checks = previewing.check_form(
            previewing.PublishedForm(
                funds=tuple(_cells(row, FundsRow) for row in request.funds),
                indicators=tuple(_cells(row, IndicatorRow) for row in request.indicators),
                form_year=request.form_year or None,
                unit=request.unit or "万元",
                total=request.total or None,
            )
        )
        return wire.write(checks, f.PublishedFormChecks, **checks.counts)


def _cells(row: Any, kind: type[Any]) -> Any:
    """The raw cells of a row: an empty text is an empty cell."""
    return kind(**{name: getattr(row, name) or None for name in kind.__dataclass_fields__})
