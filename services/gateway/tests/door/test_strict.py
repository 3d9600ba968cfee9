"""The strict reader never fails in another way than its own (P5.7), whatever the bytes."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jixiao.gateway import strict
from jixiao.gateway.problems import Problem
from jixiao.gateway.routes import Routes
from jixiao.gateway.transcoding import message_of

HEADERS = {
    "content-type": "application/json",
    "idempotency-key": "0190a000-0000-7000-8000-000000000001",
}
_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["MARK_GOOD", "12.30", "2025-01-09", "2025-02-30", "2025-01-09T00:00:00Z"])
)  # fmt: skip
_names = st.sampled_from(
    ["display_name", "budget", "opinion", "day", "year", "code", "mark", "major", "rows", "notes",
     "at", "draft", "town", "line", "name", "weight", "etag", "sample_id", "x"]
)  # fmt: skip
_trees = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=6),
    max_leaves=20,
)
_bytes = st.binary(max_size=200) | _trees.map(lambda t: json.dumps(t).encode()) | st.text(
    alphabet='{}[]",:\\u0189dDeE+-.nulltrefas \ud7ff絩', max_size=60
).map(lambda t: t.encode("utf-8", "replace"))  # fmt: skip


@given(_bytes)
def test_p5_7_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    with suppress(strict.Malformed):
        json.dumps(strict.parse(raw), ensure_ascii=False).encode()


def test_p5_7_any_body_becomes_a_message_or_a_problem(sample_pb: Any) -> None:
    operation = Routes(sample_pb.desc().services).by_method["/jixiao.sample.v1.Samples/FileSample"]

    @given(_bytes, st.text(max_size=20))
    def holds(raw: bytes, value: str) -> None:
        with suppress(Problem):
            message_of(operation, [value], "", HEADERS, raw).to_binary()

    holds()


def test_p5_7_any_query_becomes_a_message_or_a_problem(sample_pb: Any) -> None:
    operation = Routes(sample_pb.desc().services).by_method["/jixiao.sample.v1.Samples/ListSamples"]

    @given(st.text(max_size=30) | st.lists(st.tuples(_names, st.text(max_size=5))).map(
        lambda pairs: "&".join(f"{k}={v}" for k, v in pairs)))  # fmt: skip
    def holds(query: str) -> None:
        with suppress(Problem):
            message_of(operation, [], query, {}, b"").to_binary()

    holds()
