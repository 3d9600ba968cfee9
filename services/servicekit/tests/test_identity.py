"""Service to service: a caller's own proof, an allow-list, reads only (P4.7, A27)."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import jwt
import pytest
from grpc import aio

from jixiao.api.audit.v1 import dossier_pb
from jixiao.api.audit.v1.dossier_pb_grpc import DossiersClient
from jixiao.api.delivery.v1 import events_pb
from jixiao.api.delivery.v1.events_pb_grpc import EventsClient
from jixiao.servicekit.access import Principal
from jixiao.servicekit.identity import Identity
from jixiao.servicekit.rpc import TOKEN
from local.keys import pair

LIST_EVENTS = "/jixiao.delivery.v1.Events/ListEvents"
LIST_TASKS = "/jixiao.audit.v1.Dossiers/ListOpenTasks"
ASKED = events_pb.ListEventsRequest(aggregates=["programme"])


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture
def monitoring(folder: Path) -> Identity:
    return Identity("monitoring", folder / "monitoring.pem")


async def code(call: Any) -> grpc.StatusCode:
    try:
        await call
    except aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def asks(up: Any, token: str) -> grpc.StatusCode:
    return await code(EventsClient(up.channel).list_events(ASKED, metadata=((TOKEN, token),)))


@pytest.mark.attack("A27")
async def test_a27_a_service_off_the_list_is_refused(up: Any, monitoring: Identity) -> None:
    token = monitoring.proof("targets", LIST_TASKS)  # proves itself, but is not on the list
    tasks = DossiersClient(up.channel).list_open_tasks

    refused = await code(tasks(dossier_pb.ListOpenTasksRequest(), metadata=((TOKEN, token),)))

    assert refused is grpc.StatusCode.PERMISSION_DENIED


async def test_a27_control_a_service_on_the_list_is_answered(up: Any, monitoring: Identity) -> None:
    assert await asks(up, monitoring.proof("targets", LIST_EVENTS)) is grpc.StatusCode.OK


async def test_p47_a_proof_opens_one_method_of_one_service(up: Any, monitoring: Identity) -> None:
    elsewhere = monitoring.proof("results", LIST_EVENTS)
    another = monitoring.proof("targets", LIST_TASKS)

    assert await asks(up, elsewhere) is grpc.StatusCode.UNAUTHENTICATED
    assert await asks(up, another) is grpc.StatusCode.PERMISSION_DENIED


async def test_p47_nobody_proves_what_he_is_not(up: Any, monitoring: Identity) -> None:
    """Another's key, a long life, and a person's token for a service's read."""
    key = monitoring.path.read_text(encoding="ascii")
    now = int(time.time())
    claims = {"iss": "svc:results", "sub": "system:results", "aud": ["targets"],
              "action": LIST_EVENTS, "iat": now, "exp": now + 60}  # fmt: skip
    headers = {"typ": "jx-principal+jwt", "kid": "svc:results"}
    borrowed = jwt.encode(claims, key, "EdDSA", headers)
    headers["kid"] = claims["iss"] = "svc:monitoring"
    unending = jwt.encode({**claims, "exp": now + 3600}, key, "EdDSA", headers)
    sound = jwt.encode(claims, key, "EdDSA", headers)
    finance = Principal(str(uuid4()), "district_finance", territory="370303")
    person = up.minter.token(finance, LIST_EVENTS, audience="targets")
    service = up.minter.token(
        replace(finance, person="system:monitoring", role="system"),
        LIST_EVENTS,
        audience="targets",
    )

    assert await asks(up, borrowed) is grpc.StatusCode.UNAUTHENTICATED
    assert await asks(up, unending) is grpc.StatusCode.UNAUTHENTICATED
    assert await asks(up, sound) is grpc.StatusCode.OK  # the control
    assert await asks(up, person) is grpc.StatusCode.PERMISSION_DENIED
    assert await asks(up, service) is grpc.StatusCode.UNAUTHENTICATED


async def test_p47_an_unknown_service_is_nobody(up: Any, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(pair()[0], encoding="ascii")
    stranger = Identity("stranger", tmp_path / "key.pem")

    assert await asks(up, stranger.proof("targets", LIST_EVENTS)) is (
        grpc.StatusCode.UNAUTHENTICATED
    )


async def test_p47_the_public_site_reads_what_is_published_alone(
    running: Callable[[str], Awaitable[Any]], folder: Path
) -> None:
    disclosure, site = await running("disclosure"), Identity("site", folder / "site.pem")
    token = site.proof("disclosure", LIST_EVENTS)
    read = EventsClient(disclosure.channel).list_events

    async def of(kind: str) -> grpc.StatusCode:
        asked = events_pb.ListEventsRequest(aggregates=[kind])
        return await code(read(asked, metadata=((TOKEN, token),)))

    assert await of("package") is grpc.StatusCode.PERMISSION_DENIED
    assert await of("publication") is grpc.StatusCode.OK  # the control
