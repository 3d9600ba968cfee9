"""What an operator does about parked events: retry, skip by two, rebuild, reconcile (P2.4 to P2.6)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import grpc
import psycopg
import pytest
from grpc import aio

from jixiao.api.delivery.v1 import deliveries_pb as pb
from jixiao.api.delivery.v1.deliveries_pb_grpc import DeliveriesClient
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.testing import Caller, refusal, request_id

SUBJECT = "jixiao.gateway.org_unit.happened"


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


def admin(up: Any, number: int = 1) -> Caller:
    caller: Caller = up.caller("system_admin", person=f"system-admin-{number}")
    return caller


def happened(aggregate: UUID, seq: int) -> Received:
    headers = {"ce-id": str(uuid4()), "ce-subject": str(aggregate), "jx-epoch": "1",
               "jx-seq": str(seq), "jx-day": "2025-01-09"}  # fmt: skip
    return Received.of(SUBJECT, b"secret figures", headers)


async def parked(up: Any, seen: list[int]) -> tuple[Inbox, UUID]:
    """An aggregate whose first event is parked and whose second waits."""

    async def react(event: Received, _: Any) -> list[object]:
        seen.append(event.seq)
        return []

    inbox = Inbox("operated", "GATEWAY", {SUBJECT: react}, up.running.transactions, (0.01,))
    aggregate = uuid4()
    with psycopg.connect(up.admin, autocommit=True) as superuser:
        superuser.execute(b"DELETE FROM jx.parked")
    first = happened(aggregate, 1)
    await inbox._keep(first, "parked", "ZeroDivisionError", 8)
    await inbox.apply(happened(aggregate, 2))
    return inbox, aggregate


class NoSource:
    """The source has nothing more to tell."""

    async def of_one(self, *_: Any) -> Any:
        nothing: tuple[Received, ...] = ()
        for event in nothing:
            yield event


async def code(call: Any) -> tuple[grpc.StatusCode, str]:
    try:
        await call
    except aio.AioRpcError as error:
        return error.code(), refusal(error).reason
    return grpc.StatusCode.OK, ""


async def test_p24_the_list_names_what_is_parked_and_no_content(up: Any) -> None:
    _, aggregate = await parked(up, [])
    listed = await admin(up)(
        DeliveriesClient(up.channel).list_parked, pb.ListParkedRequest(service="targets")
    )

    (one,) = listed.parked
    assert (one.aggregate_id, one.seq, one.error, one.attempts) == (
        str(aggregate), 1, "ZeroDivisionError", 8
    )  # fmt: skip
    assert (one.waiting, listed.waiting, one.size) == (1, 1, len(b"secret figures"))
    assert "secret" not in listed.to_json()


async def test_p24_a_retried_event_is_applied_and_its_successors_follow(up: Any) -> None:
    seen: list[int] = []
    inbox, aggregate = await parked(up, seen)
    await inbox.heal(aggregate, NoSource())  # type: ignore[arg-type]
    assert seen == []  # the control: parked, nothing passes by

    retry = pb.RetryParkedRequest(
        service="targets", aggregate_id=str(aggregate), epoch=1, seq=1, reason="已修复",
        request_id=request_id(),
    )  # fmt: skip
    await admin(up)(DeliveriesClient(up.channel).retry_parked, retry)
    await inbox.heal(aggregate, NoSource())  # type: ignore[arg-type]

    assert seen == [1, 2]


async def test_p24_a_skip_takes_two_and_its_successors_follow(up: Any) -> None:
    seen: list[int] = []
    inbox, aggregate = await parked(up, seen)
    client = DeliveriesClient(up.channel)
    proposed = await admin(up)(
        client.propose_skip,
        pb.ProposeSkipRequest(
            service="targets", aggregate_id=str(aggregate), epoch=1, seq=1, reason="重复录入",
            request_id=request_id(),
        ),
    )  # fmt: skip

    def confirm(number: int) -> Any:
        return admin(up, number)(
            client.confirm_skip,
            pb.ConfirmSkipRequest(
                service="targets", skip_id=proposed.skip_id, etag=proposed.etag,
                request_id=request_id(),
            ),
        )  # fmt: skip

    assert await code(confirm(1)) == (grpc.StatusCode.PERMISSION_DENIED, "second_person")
    await inbox.heal(aggregate, NoSource())  # type: ignore[arg-type]
    assert seen == []
    assert (await confirm(2)).state == "confirmed"
    await inbox.heal(aggregate, NoSource())  # type: ignore[arg-type]

    assert seen == [2]
    with psycopg.connect(up.admin) as superuser:
        audited = superuser.execute(
            b"SELECT action, person, version, reason FROM jx.audit WHERE aggregate = 'skip'"
            b" AND aggregate_id = %s ORDER BY id",
            [proposed.skip_id],
        ).fetchall()
    assert [row[1:3] for row in audited] == [("system-admin-1", 1), ("system-admin-2", 2)]
    assert audited[0][3] == "重复录入"


async def test_p35_only_the_system_administrator_operates(up: Any) -> None:
    asked = pb.ListParkedRequest(service="targets")
    list_parked = DeliveriesClient(up.channel).list_parked
    for role in ("security_admin", "audit_admin", "district_finance"):
        assert (await code(up.caller(role, territory="370303")(list_parked, asked)))[0] is (
            grpc.StatusCode.PERMISSION_DENIED
        )


async def test_p25_a_rebuild_and_a_reconciliation_are_ordered_once_and_shown(up: Any) -> None:
    client, by = DeliveriesClient(up.channel), admin(up)
    unknown = pb.StartRebuildRequest(
        service="targets", projection="nothing", reason="r", request_id=request_id()
    )
    assert (await code(by(client.start_rebuild, unknown)))[0] is grpc.StatusCode.INVALID_ARGUMENT

    ordered = await by(
        client.start_rebuild,
        pb.StartRebuildRequest(
            service="targets", projection="results", reason="抽查", request_id=request_id()
        ),
    )
    compared = await by(
        client.start_reconciliation,
        pb.StartReconciliationRequest(service="targets", request_id=request_id()),
    )
    rebuilds = await by(client.list_rebuilds, pb.ListRebuildsRequest(service="targets"))
    listed = await by(client.list_reconciliations, pb.ListReconciliationsRequest(service="targets"))

    assert ordered.swap
    assert ordered.rebuild_id in {one.rebuild_id for one in rebuilds.rebuilds}
    assert list(rebuilds.projections) == ["directory", "results", "orders", "executions"]
    assert compared.reconciliation_id in {one.reconciliation_id for one in listed.reconciliations}
