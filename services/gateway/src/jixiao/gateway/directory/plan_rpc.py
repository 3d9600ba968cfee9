"""The operations on work plans and working days (proto/gateway/v1/plans.proto)."""

from datetime import date
from functools import partial
from uuid import UUID

from jixiao.api.gateway.v1 import plans_pb
from jixiao.api.gateway.v1.plans_pb_grpc import PlansService
from jixiao.servicekit import wire
from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.rpc import Context, validated
from jixiao.servicekit.transaction import Work

from . import plans, rules
from .answering import PAGE, DoorServicer
from .events import PlanItem
from .plans import WorkingDays, WorkPlan
from .rules import Rule, RuleForm


class Plans(DoorServicer, PlansService):
    """Dates of the year and working days."""

    async def set_working_days(
        self, request: plans_pb.SetWorkingDaysRequest, context: Context
    ) -> plans_pb.WorkingDays:
        """The district's table, whole."""
        validated(request)
        holidays = [date.fromisoformat(day) for day in request.holidays]
        weekends = [date.fromisoformat(day) for day in request.working_weekends]
        answer = await self.command(
            request, partial(plans.set_working_days, holidays, weekends), _days
        )
        return plans_pb.WorkingDays.from_binary(answer)

    async def get_working_days(
        self, request: plans_pb.GetWorkingDaysRequest, context: Context
    ) -> plans_pb.WorkingDays:
        """The table of the caller's district."""

        async def look(work: Work) -> WorkingDays:
            kept = await plans.working_days(work.connection, work.principal.territory[:6])
            if kept is None:
                raise NotFound
            return kept

        return _days(await self.read(request, look))

    async def set_work_plan(
        self, request: plans_pb.SetWorkPlanRequest, context: Context
    ) -> plans_pb.WorkPlan:
        """The own organisation's plan, whole."""
        validated(request)
        items = [wire.read(item, PlanItem) for item in request.items]
        answer = await self.command(
            request, partial(plans.set_work_plan, request.year, items), _plan
        )
        return plans_pb.WorkPlan.from_binary(answer)

    async def list_plans(
        self, request: plans_pb.ListPlansRequest, context: Context
    ) -> plans_pb.ListPlansResponse:
        """Plans of a year by organisation."""
        size = request.page_size or PAGE

        async def look(work: Work) -> list[WorkPlan]:
            return await plans.page(work.connection, request.year, request.page_token, size)

        found = await self.read(request, look)
        return plans_pb.ListPlansResponse(
            plans=[_plan(plan) for plan in found],
            next_page_token=found[-1].office if len(found) == size else "",
        )

    async def record_rule(
        self, request: plans_pb.RecordRuleRequest, context: Context
    ) -> plans_pb.Rule:
        """A rule of the own organisation."""
        validated(request)
        form = wire.read(request, RuleForm)
        answer = await self.command(request, partial(rules.record, form), _rule)
        return plans_pb.Rule.from_binary(answer)

    async def end_rule(self, request: plans_pb.EndRuleRequest, context: Context) -> plans_pb.Rule:
        """Its last day in force."""
        validated(request)
        last = date.fromisoformat(request.in_force_to)
        handle = partial(rules.end, UUID(request.rule_id), last)
        return plans_pb.Rule.from_binary(await self.command(request, handle, _rule))

    async def list_rules(
        self, request: plans_pb.ListRulesRequest, context: Context
    ) -> plans_pb.ListRulesResponse:
        """Rules in force on a day."""
        size = request.page_size or PAGE

        async def look(work: Work) -> list[Rule]:
            return await rules.page(
                work.connection,
                day=date.fromisoformat(request.day) if request.day else work.today,
                office=request.office,
                after=UUID(request.page_token) if request.page_token else UUID(int=0),
                size=size,
            )

        found = await self.read(request, look)
        return plans_pb.ListRulesResponse(
            rules=[_rule(rule) for rule in found],
            next_page_token=str(found[-1].rule_id) if len(found) == size else "",
        )


def _rule(rule: Rule) -> plans_pb.Rule:
    return wire.write(rule, plans_pb.Rule, etag=wire.etag(rule.version))


def _days(kept: WorkingDays) -> plans_pb.WorkingDays:
    return wire.write(kept, plans_pb.WorkingDays, etag=wire.etag(kept.version))


def _plan(plan: WorkPlan) -> plans_pb.WorkPlan:
    return wire.write(plan, plans_pb.WorkPlan, etag=wire.etag(plan.version))
