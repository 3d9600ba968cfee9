"""gRPC in: campaigns, self-evaluations and roll-ups. A message becomes a command; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.evaluation.v1 import campaigns_pb as c
from jixiao.api.evaluation.v1 import roll_ups_pb as r
from jixiao.api.evaluation.v1 import self_evaluations_pb as s
from jixiao.api.evaluation.v1.campaigns_pb_grpc import CampaignsService
from jixiao.api.evaluation.v1.roll_ups_pb_grpc import RollUpsService
from jixiao.api.evaluation.v1.self_evaluations_pb_grpc import SelfEvaluationsService
from jixiao.servicekit import wire
from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, store
from ..application import campaigning, concluding, rolling_up, self_evaluating
from ..domain.self_evaluation import SelfEvaluation


class CampaignCalls(Servicer, CampaignsService):
    """Answers `Campaigns`."""

    async def agree_list(self, request: c.AgreeListRequest, context: Context) -> c.LineList:
        """Sign a line's list."""
        handle = partial(campaigning.agree_list, wire.read(request, campaigning.AgreeList))
        return await self.once(request, handle, messages.line_list)

    async def get_list(self, request: c.GetListRequest, context: Context) -> c.LineList:
        """Read a line's list."""

        async def look(work: Work) -> c.LineList:
            for each in await store.all_line_lists(work, request.year):
                if each.coordinates.line == request.line:
                    version = store.line_lists.version_of(work, each.list_id)
                    return messages.line_list(each, version)
            raise NotFound

        return await self.read(request, look)

    async def announce_campaign(
        self, request: c.AnnounceCampaignRequest, context: Context
    ) -> c.Campaign:
        """Announce a round."""
        command = wire.read(request, campaigning.AnnounceCampaign)
        handle = partial(campaigning.announce_campaign, command)
        return await self.once(request, handle, messages.campaign)

    async def close_campaign(self, request: c.CloseCampaignRequest, context: Context) -> c.Campaign:
        """Close a round."""
        command = wire.read(request, campaigning.CloseCampaign)
        handle = partial(campaigning.close_campaign, command)
        return await self.once(request, handle, messages.campaign)

    async def reopen_campaign(
        self, request: c.ReopenCampaignRequest, context: Context
    ) -> c.Campaign:
        """Reopen a round."""
        command = wire.read(request, campaigning.CloseCampaign)
        handle = partial(campaigning.reopen_campaign, command)
        return await self.once(request, handle, messages.campaign)

    async def get_campaign(self, request: c.GetCampaignRequest, context: Context) -> c.Campaign:
        """Read a round, with what of the caller's scope is due, filed and missing."""

        async def look(work: Work) -> c.Campaign:
            found = await store.campaign_of(work, request.year)
            if found is None:
                raise NotFound
            return messages.campaign(*found, await store.due_in(work, request.year))

        return await self.read(request, look)


class SelfEvaluationCalls(Servicer, SelfEvaluationsService):
    """Answers `SelfEvaluations`."""

    async def get_self_evaluation(
        self, request: s.GetSelfEvaluationRequest, context: Context
    ) -> s.SelfEvaluation:
        """Read one."""

        async def look(work: Work) -> s.SelfEvaluation:
            found = await store.self_evaluations.see(work, UUID(request.self_evaluation_id))
            version = store.self_evaluations.version_of(work, found.self_evaluation_id)
            return messages.self_evaluation(found, version)

        return await self.read(request, look)

    async def list_self_evaluations(
        self, request: s.ListSelfEvaluationsRequest, context: Context
    ) -> s.SelfEvaluationList:
        """List them by programme code."""

        def token(last: SelfEvaluation) -> str:
            return f"{last.programme_code}|{last.self_evaluation_id}"

        async def look(work: Work) -> s.SelfEvaluationList:
            shown, following = await store.page(
                work, store.self_evaluations, store.self_evaluation_list, request, token,
                state=request.state,
            )  # fmt: skip
            rows = [messages.self_evaluation(*each) for each in shown]
            return s.SelfEvaluationList(self_evaluations=rows, next_page_token=following)

        return await self.read(request, look)

    async def preview_self_evaluation(
        self, request: s.PreviewSelfEvaluationRequest, context: Context
    ) -> s.SelfEvaluationPreview:
        """Score a form without filing it."""
        command = wire.read(request, self_evaluating.SubmitSelfEvaluation)

        async def look(work: Work) -> s.SelfEvaluationPreview:
            found = await store.self_evaluations.see(work, command.self_evaluation_id)
            score, findings = found.preview(command.form)
            answer = {"score": score, "findings": findings}
            return wire.write(answer, s.SelfEvaluationPreview)

        return await self.read(request, look)

    async def submit_self_evaluation(
        self, request: s.SubmitSelfEvaluationRequest, context: Context
    ) -> s.SelfEvaluation:
        """File it."""
        command = wire.read(request, self_evaluating.SubmitSelfEvaluation)
        handle = partial(self_evaluating.submit_self_evaluation, command)
        return await self.once(request, handle, messages.self_evaluation)

    async def accept_self_evaluation(
        self, request: s.AcceptSelfEvaluationRequest, context: Context
    ) -> s.SelfEvaluation:
        """Accept it at the caller's level."""
        command = wire.read(request, self_evaluating.AcceptSelfEvaluation)
        handle = partial(self_evaluating.accept_self_evaluation, command)
        return await self.once(request, handle, messages.self_evaluation)

    async def return_self_evaluation(
        self, request: s.ReturnSelfEvaluationRequest, context: Context
    ) -> s.SelfEvaluation:
        """Send it back."""
        command = wire.read(request, self_evaluating.ReturnSelfEvaluation)
        handle = partial(self_evaluating.return_self_evaluation, command)
        return await self.once(request, handle, messages.self_evaluation)

    async def receive_self_evaluation(
        self, request: s.ReceiveSelfEvaluationRequest, context: Context
    ) -> s.SelfEvaluation:
        """Receive it."""
        command = wire.read(request, self_evaluating.ReceiveSelfEvaluation)
        handle = partial(self_evaluating.receive_self_evaluation, command)
        return await self.once(request, handle, messages.self_evaluation)

    async def chase_self_evaluation(
        self, request: s.ChaseSelfEvaluationRequest, context: Context
    ) -> s.SelfEvaluation:
        """Remind the unit."""
        command = wire.read(request, self_evaluating.ChaseSelfEvaluation)
        handle = partial(self_evaluating.chase_self_evaluation, command)
        return await self.once(request, handle, messages.self_evaluation)

    async def get_latest_result(
        self, request: s.GetLatestResultRequest, context: Context
    ) -> s.LatestResult:
        """The result that governs."""

        async def look(work: Work) -> s.LatestResult:
            found = await concluding.latest_result(work, UUID(request.programme_id), request.year)
            return wire.write(found, s.LatestResult)

        return await self.read(request, look)


class RollUpCalls(Servicer, RollUpsService):
    """Answers `RollUps`."""

    async def roll_up_self_evaluations(
        self, request: r.RollUpSelfEvaluationsRequest, context: Context
    ) -> r.RollUp:
        """Roll up."""
        command = wire.read(request, rolling_up.RollUpSelfEvaluations)
        handle = partial(rolling_up.roll_up_self_evaluations, command)
        return await self.once(request, handle, messages.roll_up)

    async def receive_roll_up(self, request: r.ReceiveRollUpRequest, context: Context) -> r.RollUp:
        """Take it at the level above."""
        handle = partial(rolling_up.receive_roll_up, wire.read(request, rolling_up.ReceiveRollUp))
        return await self.once(request, handle, messages.roll_up)

    async def return_roll_up(self, request: r.ReturnRollUpRequest, context: Context) -> r.RollUp:
        """Send it back."""
        handle = partial(rolling_up.return_roll_up, wire.read(request, rolling_up.ReceiveRollUp))
        return await self.once(request, handle, messages.roll_up)

    async def get_roll_up(self, request: r.GetRollUpRequest, context: Context) -> r.RollUp:
        """Read one."""

        async def look(work: Work) -> r.RollUp:
            found = await store.roll_ups.see(work, UUID(request.roll_up_id))
            return messages.roll_up(found, store.roll_ups.version_of(work, found.roll_up_id))

        return await self.read(request, look)

    async def list_roll_ups(self, request: r.ListRollUpsRequest, context: Context) -> r.RollUpList:
        """List them by territory."""

        async def look(work: Work) -> r.RollUpList:
            shown, following = await store.page(
                work, store.roll_ups, store.roll_up_list, request,
                lambda last: f"{last.coordinates.territory}|{last.roll_up_id}",
            )  # fmt: skip
            rows = [messages.roll_up(*each) for each in shown]
            return r.RollUpList(roll_ups=rows, next_page_token=following)

        return await self.read(request, look)
