"""Spans, metrics and log lines (A-12); all attribute keys are declared here.

A trace names programme, article and role, never a person's data. `make traces` reads the spans
that each process appends to a file; in production they go to the Collector by OTLP.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ACTION = "jixiao.action"
ROLE = "jixiao.role"
ARTICLES = "jixiao.articles"
REFUSAL = "jixiao.refusal"
PROGRAMME = "jixiao.programme.id"
SUBJECT = "jixiao.subject"

_tracer = trace.get_tracer("jixiao")


@contextmanager
def span(name: str, **attributes: str) -> Iterator[trace.Span]:
    """A span written by hand; exceptions are no events on it, for texts may hold what was typed."""
    with _tracer.start_as_current_span(
        name,
        attributes={f"jixiao.{key}": value for key, value in attributes.items()},
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        yield current


def trace_id() -> str:
    """The current trace's id in hex, or an empty text."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


class FileSpans(SpanExporter):
    """Appends spans as JSON lines, for `make traces` on a machine without any collector."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append one line per span."""
        with self._path.open("a", encoding="utf-8") as out:
            for one in spans:
                out.write(_line(one))
        return SpanExportResult.SUCCESS


def _line(one: ReadableSpan) -> str:
    """A span as JSON; only names and attributes can need escaping."""
    parent = f"{one.parent.span_id:016x}" if one.parent else ""
    named = {
        "service": one.resource.attributes.get("service.name", ""), "name": one.name,
        "attributes": dict(one.attributes or {}),
    }  # fmt: skip
    return (
        f'{{"trace": "{one.context.trace_id:032x}", "span": "{one.context.span_id:016x}",'
        f' "parent": "{parent}", "start": {one.start_time}, "end": {one.end_time},'
        f" {json.dumps(named, ensure_ascii=False)[1:]}\n"
    )


def start(service: str) -> None:
    """Set up tracing and logging of this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _with_trace,
            _with_frames,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    structlog.contextvars.bind_contextvars(service=service)
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415 - heavy
            OTLPSpanExporter,
        )

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    elif path := os.environ.get("JIXIAO_TRACES"):
        provider.add_span_processor(
            BatchSpanProcessor(FileSpans(Path(path)), schedule_delay_millis=500)
        )
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(TraceContextTextMapPropagator())  # no baggage is carried


def _with_frames(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Where an exception came from; never its text, which may hold what was typed."""
    if event.pop("exc_info", None):
        kind, _error, tail = sys.exc_info()
        frames = traceback.extract_tb(tail)[-12:]
        event["exception"] = getattr(kind, "__name__", "")
        event["frames"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    return event


def _with_trace(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if found := trace_id():
        event["trace"] = found
    return event
