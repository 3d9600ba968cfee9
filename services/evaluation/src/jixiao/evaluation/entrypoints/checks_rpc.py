"""gRPC in: spot checks and key evaluations. A message becomes a command; no rule here."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from jixiao.api.evaluation.v1 import key_evaluations_pb as k
from jixiao.api.evaluation.v1 import spot_checks_pb as p
from jixiao.api.evaluation.v1.key_evaluations_pb_grpc import KeyEvaluationsService
from jixiao.api.evaluation.v1.spot_checks_pb_grpc import SpotChecksService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, store
from ..application import checking, evaluating


class SpotCheckCalls(Servicer, SpotChecksService):
    """Answers `SpotChecks`."""

    async def draw_spot_check(self, request: p.DrawSpotCheckRequest, context: Context) -> p.Draw:
        """Draw the sample."""
        handle = partial(checking.draw_spot_check, wire.read(request, checking.DrawSpotCheck))
        return await self.once(request, handle, messages.draw)

    async def get_draw(self, request: p.GetDrawRequest, context: Context) -> p.Draw:
        """Read the draw."""

        async def look(work: Work) -> p.Draw:
            return messages.draw(*await checking.draw_of(work, UUID(request.campaign_id)))

        return await self.read(request, look)

    async def assign_spot_check(
        self, request: p.AssignSpotCheckRequest, context: Context
    ) -> p.SpotCheck:
        """Name the checkers."""
        return await self._do(request, checking.assign_spot_check, checking.AssignSpotCheck)

    async def rescore_spot_check(
        self, request: p.RescoreSpotCheckRequest, context: Context
    ) -> p.SpotCheck:
        """Score again."""
        return await self._do(request, checking.rescore_spot_check, checking.RescoreSpotCheck)

    async def feed_back_spot_check(
        self, request: p.FeedBackSpotCheckRequest, context: Context
    ) -> p.SpotCheck:
        """Send the recheck out."""
        return await self._do(request, checking.feed_back_spot_check, checking.FeedBackSpotCheck)

    async def answer_spot_check(
        self, request: p.AnswerSpotCheckRequest, context: Context
    ) -> p.SpotCheck:
        """Answer."""
        return await self._do(request, checking.answer_spot_check, checking.AnswerSpotCheck)

    async def conclude_spot_check(
        self, request: p.ConcludeSpotCheckRequest, context: Context
    ) -> p.SpotCheck:
        """Make it final."""
        return await self._do(request, checking.conclude_spot_check, checking.FeedBackSpotCheck)

    async def get_spot_check(self, request: p.GetSpotCheckRequest, context: Context) -> p.SpotCheck:
        """Read one."""

        async def look(work: Work) -> p.SpotCheck:
            found = await store.spot_checks.see(work, UUID(request.spot_check_id))
            version = store.spot_checks.version_of(work, found.spot_check_id)
            return messages.spot_check(found, version)

        return await self.read(request, look)

    async def list_spot_checks(
        self, request: p.ListSpotChecksRequest, context: Context
    ) -> p.SpotCheckList:
        """List them by programme code."""

        async def look(work: Work) -> p.SpotCheckList:
            shown, following = await store.page(
                work, store.spot_checks, store.spot_check_list, request,
                lambda last: f"{last.programme_code}|{last.spot_check_id}",
            )  # fmt: skip
            rows = [messages.spot_check(*each) for each in shown]
            return p.SpotCheckList(spot_checks=rows, next_page_token=following)

        return await self.read(request, look)

    async def _do(
        self, request: Any, handle: Callable[..., Any], command: type[Any]
    ) -> p.SpotCheck:
        return await self.once(
            request, partial(handle, wire.read(request, command)), messages.spot_check
        )


class KeyEvaluationCalls(Servicer, KeyEvaluationsService):
    """Answers `KeyEvaluations`."""

    async def open_key_evaluation(
        self, request: k.OpenKeyEvaluationRequest, context: Context
    ) -> k.KeyEvaluation:
        """Open one."""
        return await self._do(request, evaluating.open_key_evaluation, evaluating.OpenKeyEvaluation)

    async def declare_interest(
        self, request: k.DeclareInterestRequest, context: Context
    ) -> k.KeyEvaluation:
        """Declare interests."""
        return await self._do(request, evaluating.declare_interest, evaluating.DeclareInterest)

    async def propose_scheme(
        self, request: k.ProposeSchemeRequest, context: Context
    ) -> k.KeyEvaluation:
        """Propose the scheme."""
        return await self._do(request, evaluating.propose_scheme, evaluating.ProposeScheme)

    async def approve_scheme(
        self, request: k.ApproveSchemeRequest, context: Context
    ) -> k.KeyEvaluation:
        """Approve the scheme."""
        return await self._do(request, evaluating.approve_scheme, evaluating.OnEvaluation)

    async def score_key_evaluation(
        self, request: k.ScoreKeyEvaluationRequest, context: Context
    ) -> k.KeyEvaluation:
        """Mark."""
        return await self._do(
            request, evaluating.score_key_evaluation, evaluating.ScoreKeyEvaluation
        )

    async def draft_report(
        self, request: k.DraftReportRequest, context: Context
    ) -> k.KeyEvaluation:
        """Draft the report."""
        return await self._do(request, evaluating.draft_report, evaluating.MakeReport)

    async def answer_key_evaluation(
        self, request: k.AnswerKeyEvaluationRequest, context: Context
    ) -> k.KeyEvaluation:
        """Answer the draft report."""
        return await self._do(
            request, evaluating.answer_key_evaluation, evaluating.AnswerKeyEvaluation
        )

    async def answer_objection(
        self, request: k.AnswerObjectionRequest, context: Context
    ) -> k.KeyEvaluation:
        """Answer an objection."""
        return await self._do(request, evaluating.answer_objection, evaluating.AnswerObjection)

    async def check_quality(
        self, request: k.CheckQualityRequest, context: Context
    ) -> k.KeyEvaluation:
        """Check the quality."""
        return await self._do(request, evaluating.check_quality, evaluating.CheckQuality)

    async def conclude_key_evaluation(
        self, request: k.ConcludeKeyEvaluationRequest, context: Context
    ) -> k.KeyEvaluation:
        """Make it final."""
        return await self._do(request, evaluating.conclude_key_evaluation, evaluating.OnEvaluation)

    async def get_key_evaluation(
        self, request: k.GetKeyEvaluationRequest, context: Context
    ) -> k.KeyEvaluation:
        """Read one."""

        async def look(work: Work) -> k.KeyEvaluation:
            found = await store.key_evaluations.see(work, UUID(request.evaluation_id))
            version = store.key_evaluations.version_of(work, found.evaluation_id)
            return messages.key_evaluation(found, version, work.principal.role)

        return await self.read(request, look)

    async def list_key_evaluations(
        self, request: k.ListKeyEvaluationsRequest, context: Context
    ) -> k.KeyEvaluationList:
        """List them by territory."""

        async def look(work: Work) -> k.KeyEvaluationList:
            shown, following = await store.page(
                work, store.key_evaluations, store.key_evaluation_list, request,
                lambda last: f"{last.coordinates.territory}|{last.evaluation_id}",
            )  # fmt: skip
            role = work.principal.role
            rows = [messages.key_evaluation(*each, role) for each in shown]
            return k.KeyEvaluationList(key_evaluations=rows, next_page_token=following)

        return await self.read(request, look)

    async def _do(
        self, request: Any, handle: Callable[..., Any], command: type[Any]
    ) -> k.KeyEvaluation:
        return await self.once(
            request, partial(handle, wire.read(request, command)), messages.key_evaluation
        )
