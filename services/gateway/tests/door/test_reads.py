"""What was read is in the access log, and from where, whatever a client says of it (P6.1)."""

import time
from typing import Any

import pytest
from grpc import aio
from sample_system import SAMPLE_ID, System

from jixiao.api.targets.v1 import programmes_pb
from jixiao.gateway.door import GrpcDoor, open_door
from jixiao.gateway.login import Caller
from jixiao.gateway.reads import read_entries
from jixiao.gateway.routes import Routes, contract_services
from jixiao.servicekit.access import Principal
from jixiao.servicekit.errors import NotFound

UNIT = {"Authorization": "Bearer unit"}
FORGED = {"x-jx-address": "6.6.6.6", "x-forwarded-for": "6.6.6.6"}


async def test_p61_reading_what_is_recorded_is_noted_with_who_and_what_and_nothing_else_is(
    system: System,
) -> None:
    await system.http.get("/v1/samples", headers=UNIT)  # the control: not marked in the contract
    system.backend.refusals.append(NotFound())
    await system.http.get(f"/v1/samples/{SAMPLE_ID}", headers=UNIT)  # nothing was shown
    assert system.noted == []
    await system.http.get(f"/v1/samples/{SAMPLE_ID}", headers=UNIT)
    (entry,) = system.noted
    assert (entry.outcome, entry.action, entry.record) == ("read", "sample.read", SAMPLE_ID)
    assert (entry.person_id, entry.role, entry.grant_id) == ("li", "unit", "g")


async def test_p61_another_systems_read_is_noted_too(system: System, sample_pb: Any) -> None:
    w, request = system.wiring, sample_pb.GetSampleRequest(sample_id=SAMPLE_ID)
    door = GrpcDoor(w.routes, w.peers, w.minter, system.directory.caller_of, w.limiter, note=w.note)
    server, port = await open_door("127.0.0.1:0", door)
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        ask: Any = channel.unary_unary("/jixiao.sample.v1.Samples/GetSample")
        metadata = (("authorization", "Bearer unit"), ("x-jx-address", "6.6.6.6"))
        await ask(request.to_binary(), metadata=metadata, timeout=5)
    await server.stop(None)
    (entry,) = system.noted
    assert (entry.outcome, entry.record, entry.address) == ("read", SAMPLE_ID, "127.0.0.1")
    assert system.backend.addresses == ["127.0.0.1"]


async def test_p61_the_address_is_the_connections_never_the_clients_word(system: System) -> None:
    await system.http.get(f"/v1/samples/{SAMPLE_ID}", headers=UNIT | FORGED)
    assert system.backend.addresses == ["127.0.0.1"]
    assert system.noted[0].address == "127.0.0.1"


@pytest.mark.parametrize(
    ("cleared", "classification", "noted"),
    [
        (True, "state_secret_high", 1),
        (True, "internal", 0),
        (True, "", 0),
        (False, "state_secret_high", 0),
    ],
)
def test_p61_showing_a_classified_record_is_noted_whatever_the_operation(
    *, cleared: bool, classification: str, noted: int
) -> None:
    operation = Routes(contract_services()).by_method[
        "/jixiao.targets.v1.Programmes/ListProgrammes"
    ]
    assert not operation.access.recorded
    shown = programmes_pb.Programme(programme_id=SAMPLE_ID, classification=classification)
    plain = programmes_pb.Programme(programme_id="other", classification="internal")
    answer = programmes_pb.ListProgrammesResponse(programmes=[plain, shown]).to_binary()
    who = Principal(person="p", role="department", grant="g", cleared=cleared)
    caller = Caller("p", "s", "g", who, time.time() + 60, "c")
    asked = programmes_pb.ListProgrammesRequest()
    found = [*read_entries(operation, caller, asked, answer, "10.0.0.7")]
    assert [(one.reason, one.programme_id) for one in found] == [("classified", SAMPLE_ID)] * noted
