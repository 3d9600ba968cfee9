"""What this service keeps of programmes, results and findings of the others: copies, never owned."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit.values import Coordinates, Money

from .dormant import Balance, Destination
from .errors import ResultsNotFinal
from .factors import Town
from .governing import Result, Source, governing_result
from .linkage_rows import Flag, LinkageCase


@dataclass(frozen=True, slots=True)
class KnownResult:
    """A final score of a year with the record it comes from; `large_difference`: of a recheck."""

    year: int
    source: Source
    score: Decimal
    source_id: UUID
    large_difference: bool = False


@dataclass(frozen=True, slots=True)
class RollUp:
    """A town's roll-up of a year: what was filed, and what binds once the campaign is closed."""

    displayed: Decimal | None
    binding: Decimal | None
    anything_filed: bool


@dataclass(frozen=True, slots=True)
class Request:
    """The amount of the newest target version submitted for a year."""

    number: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Execution:
    """Spent since 1 January up to a day, by the year of the money's first budgeting."""

    day: date
    by_first_budget_year: dict[str, Money]


@dataclass(slots=True)
class KnownProgramme:
    """A programme with everything that linkage and allocation look at; years are keys as text.

    `roll_ups` of a transfer's root: by "year/division code". Of a classified programme the id
    alone is known.
    """

    programme_id: UUID
    coordinates: Coordinates
    year: int
    code: str = ""
    name: str = ""
    parent_id: UUID | None = None
    transfer: bool = False
    allocation_method: str = ""
    target_level: str = ""
    object_type: str = ""
    is_major: bool = False
    classified: bool = False
    term_end: date | None = None
    initial: dict[str, Money] = field(default_factory=dict)
    entered: dict[str, Money] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    carried_in: dict[str, dict[str, Money]] = field(default_factory=dict)
    executed: dict[str, Execution] = field(default_factory=dict)
    exante_score: Decimal | None = None
    results: tuple[KnownResult, ...] = ()
    roll_ups: dict[str, RollUp] = field(default_factory=dict)
    not_filed: tuple[int, ...] = ()
    state: str = "draft"
    version: int = 0

    @property
    def is_root(self) -> bool:
        """The root of a transfer."""
        return self.transfer and self.parent_id is None

    @property
    def carrier(self) -> tuple[str, str]:
        """Role and office code of whoever carries it out: department, town's department, unit."""
        at = self.coordinates
        if self.is_root or self.object_type == "department_overall":
            return "department", at.line
        if self.target_level == "regional":
            return "township_department", f"{at.territory}-{at.line}"
        return "unit", at.unit

    def request(self, year: int, number: int, amount: Money) -> None:
        """Keep the newest version's amount as the request for a year. Rules: R-30."""
        known = self.requests.get(str(year))
        if known is None or number >= known.number:
            self.requests[str(year)] = Request(number, amount)

    def carry_in(self, year: int, first_budget_year: int, amount: Money) -> None:
        """Money of an earlier year came into a year's budget; its age goes on. Rules: R-32."""
        of_year = self.carried_in.setdefault(str(year), {})
        key = str(first_budget_year)
        of_year[key] = of_year.get(key, Money()) + amount

    def execute(self, year: int, execution: Execution) -> None:
        """Keep the latest cumulative figures of a year."""
        known = self.executed.get(str(year))
        if known is None or execution.day >= known.day:
            self.executed[str(year)] = execution

    def note(self, result: KnownResult) -> None:
        """Keep a result; a newer one of the same year and source replaces it.

        A re-checked score ends “not filed”. Articles: T-24. Rules: R-31.
        """
        others = [r for r in self.results if (r.year, r.source) != (result.year, result.source)]
        self.results = (*others, result)
        if result.source is Source.RECHECK:
            self.not_filed = tuple(year for year in self.not_filed if year != result.year)

    def miss(self, year: int) -> None:
        """Due and not filed when the campaign closed. Articles: T-24. Rules: R-37."""
        if year not in self.not_filed:
            self.not_filed += (year,)

    def governing(self, last_year: int) -> Result | None:
        """The governing result up to a year; a self score filed after the close does not bind.

        Articles: D-26, T-24. Rules: R-29.
        """
        return governing_result(
            Result(r.year, r.source, r.score)
            for r in self.results
            if r.year <= last_year
            and not (r.source is Source.SELF_EVALUATION and r.year in self.not_filed)
        )

    def score_of(self, year: int, source: Source) -> Decimal | None:
        """The score of one source in a year."""
        found = (r.score for r in self.results if (r.year, r.source) == (year, source))
        return next(found, None)

    def balances(self, day: date) -> dict[int, Balance]:
        """Carried-in money by the year of its first budgeting, as last carried in.

        Articles: D-26. Rules: R-32.
        """
        ended = self.term_end is not None and self.term_end < date(day.year, 1, 1)
        found: dict[int, Balance] = {}
        for year in sorted(self.carried_in):
            execution = self.executed.get(year)
            spent = execution.by_first_budget_year if execution else {}
            for first, amount in self.carried_in[year].items():
                found[int(first)] = Balance(int(first), amount, spent.get(first, Money()), ended)
        return found

    def dormant(self, day: date) -> dict[int, Balance]:
        """Of the balances those to take back on a day. Articles: D-26. Rules: R-32."""
        return {
            first: balance
            for first, balance in self.balances(day).items()
            if balance.unspent and balance.destination(day) is Destination.TAKE_BACK
        }

    def linkage_case(self, year: int, flags: tuple[Flag, ...], day: date) -> LinkageCase:
        """What the table of linkage looks at for the budget of `year`.

        The base is the initial approved budget of the deciding year, else the last before it.

        Articles: D-26, T-24, T-30. Rules: R-29, R-30, R-32.
        """
        result = self.governing(year - 2)
        approved = [y for y in sorted(self.initial) if int(y) < year]
        request = self.requests.get(str(year))
        dormant = sum(balance.unspent.fen for balance in self.dormant(day).values())
        return LinkageCase(
            current_budget=self.initial[approved[-1]] if approved else Money(),
            next_request=request.amount if request else None,
            is_transfer=self.transfer,
            is_department_overall=self.object_type == "department_overall",
            grade=result.grade if result else None,
            score=result.score if result else None,
            grade_source=result.source if result else Source.SELF_EVALUATION,
            flags=tuple(sorted({*flags, *self._flags(year - 2)})),
            dormant_balance=Money(dormant),
        )

    def scored(self, town: Town, result_year: int, *, displayed: bool) -> Town:
        """A town with its score of a year: the binding one, or as if all had filed.

        Raises ResultsNotFinal while the campaign is open.

        Articles: T-24, T-32. Rules: R-37.
        """
        known = self.roll_ups.get(f"{result_year}/{town.code}")
        if known is None or (displayed and not known.anything_filed):
            return town
        if not known.anything_filed:
            return replace(town, not_filed=True)
        score = known.displayed if displayed else known.binding
        if score is None:
            raise ResultsNotFinal(year=result_year)
        return replace(town, score=score)

    def _flags(self, year: int) -> set[Flag]:
        flags = {
            Flag.LARGE_DIFFERENCE for r in self.results if r.year == year and r.large_difference
        }
        return flags | ({Flag.NOT_FILED} if year in self.not_filed else set())


@dataclass(slots=True)
class KnownFinding:
    """A finding of monitoring, which an order may name."""

    finding_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    severity: str
    text: str
    article: str
    state: str = "open"
    version: int = 0
