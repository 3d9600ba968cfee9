"""Between the contract and the domain: what equal names do not already say."""

import dataclasses
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from jixiao.api.results.v1 import (
    allocations_pb,
    linkages_pb,
    notices_pb,
    rectifications_pb,
    responsibilities_pb,
)
from jixiao.servicekit import wire

from ..domain.allocation import AllocationPlan, Scenario
from ..domain.known import KnownProgramme
from ..domain.named import AllocationSheet, NamedInNotice
from ..domain.notice import Interview, Notice, NoticeEntry
from ..domain.proposal import LinkageProposal
from ..domain.ranking import RankedApplication
from ..domain.rectification import RectificationOrder
from ..domain.responsibility import ResponsibilityRegister


def _fields(value: Any) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}


def rectification(value: RectificationOrder, version: int) -> rectifications_pb.Rectification:
    """An order as it is read."""
    return wire.write(value, rectifications_pb.Rectification, etag=wire.etag(version))


def notice(value: Notice, version: int) -> notices_pb.Notice:
    """A notice with all its entries."""
    return _notice(value, value.entries, wire.etag(version))


def notices(rows: Iterable[NamedInNotice]) -> list[notices_pb.Notice]:
    """Notices with those of their entries that are in the rows."""
    by_notice = groupby(rows, key=lambda row: row.notice_id)
    found = [list(of) for _, of in by_notice]
    return [_notice(of[0].notice, (row.entry for row in of), "") for of in found]


def _notice(value: Notice, entries: Iterable[NoticeEntry], etag: str) -> notices_pb.Notice:
    return wire.write(_fields(value) | {"entries": list(entries)}, notices_pb.Notice, etag=etag)


def interview(value: Interview, version: int) -> notices_pb.Interview:
    """An interview as it is read."""
    return wire.write(value, notices_pb.Interview, etag=wire.etag(version))


def linkage(value: LinkageProposal, version: int) -> linkages_pb.Linkage:
    """A proposal: its case, its figures, and the rule and article of each action."""
    fields = _fields(value.linkage) | _fields(value)
    return wire.write(fields, linkages_pb.Linkage, etag=wire.etag(version))


def decision(value: LinkageProposal, programme: KnownProgramme) -> linkages_pb.LinkageDecision:
    """A decision for the budget system; a rejected one carries no action."""
    rejected = value.ceiling is None
    fields = _fields(value.linkage) | _fields(value) | {"programme_code": programme.code}
    if rejected:
        fields |= {"actions": (), "take_back": None}
    return wire.write(fields, linkages_pb.LinkageDecision)


def allocation(
    value: AllocationPlan, version: int, *, whole: bool = True
) -> allocations_pb.Allocation:
    """A plan; `whole`: with the towns of its scenarios."""
    fields = _fields(value) | {
        "scenarios": [_scenario(scenario, whole=whole) for scenario in value.scenarios],
        "ranking": [_ranked(one) for one in value.ranking],
    }
    return wire.write(fields, allocations_pb.Allocation, etag=wire.etag(version))


def sheet(value: AllocationSheet) -> allocations_pb.AllocationSheet:
    """One town's sheet."""
    return wire.write(value, allocations_pb.AllocationSheet)


def _scenario(value: Scenario, *, whole: bool) -> dict[str, Any]:
    allocated = value.allocation
    return _fields(value) | {
        "performance_mode": allocated.performance_mode,
        "sheets": allocated.sheets if whole else (),
        "no_town_filed": allocated.no_town_filed,
    }


def _ranked(value: RankedApplication) -> dict[str, Any]:
    return _fields(value.application) | _fields(value)


def responsibility(
    value: ResponsibilityRegister, version: int, on: date | None = None
) -> responsibilities_pb.Responsibility:
    """A register; with a day, the entries that stood on it."""
    entries = [
        entry
        for entry in value.entries
        if on is None or (entry.since <= on and (entry.until is None or entry.until > on))
    ]
    fields = _fields(value) | {"entries": entries}
    return wire.write(fields, responsibilities_pb.Responsibility, etag=wire.etag(version))
