"""The table of operations: what it finds, and what of the contract stops the start (A-1)."""

import importlib
from typing import Any

import pytest

from jixiao.gateway import routes
from jixiao.gateway.fields import check_of
from jixiao.gateway.openapi import document
from jixiao.gateway.routes import ContractFault, Routes, contract_services


@pytest.mark.parametrize(
    ("pattern", "more"),
    [
        (("get", "/v1/{name=samples/*}"), {}),
        (("get", "/v1/samples/*"), {}),
        (("get", "/v1/samples/{sample.id}"), {}),
        (("get", "/v2/samples"), {}),
        (("get", "/v1/samples/{a}x"), {}),
        (("get", "/v1/samples:"), {}),
        (("get", "/v1/samples"), {"body": "*"}),
        (("post", "/v1/samples"), {"body": "sample"}),
        (("post", "/v1/samples"), {"body": "*", "response_body": "sample"}),
        (None, {}),
    ],
)
def test_a1_what_is_not_of_the_small_subset_stops_the_start(
    sample_pb: Any, pattern: Any, more: dict[str, str]
) -> None:
    http = importlib.import_module("jixiao.api.google.api.http_pb")
    oneof = importlib.import_module("protobuf").Oneof
    rule = http.HttpRule(**more)
    if pattern:
        rule.pattern = oneof(field=pattern[0], value=pattern[1])
    with pytest.raises(ContractFault, match="Sample"):
        routes._rule("/x.Sample/Do", rule)


def test_a1_the_same_path_twice_stops_the_start(sample_pb: Any) -> None:
    (service,) = sample_pb.desc().services
    with pytest.raises(ContractFault, match="is taken by"):
        Routes([service, service])


def test_a1_a_literal_goes_before_a_variable_and_values_come_decoded(sample_pb: Any) -> None:
    table = Routes(sample_pb.desc().services)
    found = table.match("/v1/samples/%E7%BB%A9:file")
    assert found is not None
    assert found.values == ("绩",)
    assert set(found.operations) == {"POST"}
    assert table.match("/v1/samples/:file") is None
    assert table.match("/v1/samples/a/b") is None


def test_a1_the_whole_contract_can_be_spoken_and_described() -> None:
    table = Routes(contract_services())
    for operation in table.by_method.values():
        check_of(operation.input.desc())
    assert len(document(table, "jx")["paths"]) > 10
