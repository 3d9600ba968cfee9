"""Versions of the indicator libraries are put in force. Articles: D-5(6), D-6(3)."""

from dataclasses import dataclass

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import libraries
from ..domain.events import Event
from ..domain.indicator import Indicator, IndicatorLibrary


@dataclass(frozen=True, slots=True)
class PublishLibrary:
    """The whole next version."""

    year: int
    indicators: tuple[Indicator, ...]


async def publish_library(
    command: PublishLibrary, work: Work
) -> tuple[tuple[IndicatorLibrary, int], list[Event]]:
    """Put the next version in force: a department's of its line, finance's for all.

    Articles: D-5(6), D-6(3). Rules: R-50.
    """
    line = work.principal.line if work.principal.role == "department" else ""
    last = await libraries.find(work, line)
    library = IndicatorLibrary(uuid7(), line, command.year, 1 if last is None else last.number + 1)
    events = library.publish(command.indicators, work.today)
    await libraries.add(work, library)
    return (library, 1), list(events)
