"""A page token that the service never gave is refused in words, not a failure of the service."""

from typing import Any

import grpc
import pytest
from grpc import aio

from jixiao.api.disclosure.v1 import packages_pb as packages
from jixiao.api.disclosure.v1 import publications_pb as pb
from jixiao.api.disclosure.v1.packages_pb_grpc import PackagesClient
from jixiao.servicekit.testing import refusal


@pytest.mark.parametrize("token", ["²", "٣", "-1", "x", "9" * 9])
async def test_p56_a_page_token_that_is_none_is_refused(scene: Any, token: str) -> None:
    finance = scene.finance("丁")
    calls = [
        (scene.publications.list_duties, pb.ListDutiesRequest),
        (scene.publications.list_publications, pb.ListPublicationsRequest),
        (PackagesClient(scene.up.channel).list_packages, packages.ListPackagesRequest),
    ]
    for call, request in calls:
        await finance(call, request(page_token="0"))
        with pytest.raises(aio.AioRpcError) as refused:
            await finance(call, request(page_token=token))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "翻页标记无效" in str(refusal(refused.value))
