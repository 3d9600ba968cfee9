"""Between the contract and the domain: what equal names do not already say."""

from jixiao.api.targets.v1 import (
    adjustments_pb,
    budgets_pb,
    events_pb,
    exante_pb,
    libraries_pb,
    programmes_pb,
    targets_pb,
)
from jixiao.servicekit import wire
from jixiao.servicekit.events import Catalogue, Telling

from ..domain import budget, events
from ..domain.adjustment import TargetAdjustment
from ..domain.assessment import ExanteApplication
from ..domain.decomposition import Figures
from ..domain.indicator import IndicatorLibrary
from ..domain.library import Programme
from ..domain.target import Target
from ..domain.totals import Totals

CATALOGUE = Catalogue(
    "targets",
    [
        Telling(
            events.ProgrammeCreated,
            events_pb.ProgrammeCreated,
            "programme",
            "programme_id",
            "created",
        ),
        Telling(
            events.ProgrammeMoved, events_pb.ProgrammeMoved, "programme", "programme_id", "moved"
        ),
        Telling(
            events.ProgrammeAdmitted,
            events_pb.ProgrammeAdmitted,
            "programme",
            "programme_id",
            "admitted",
        ),
        Telling(
            events.BudgetEntered,
            events_pb.BudgetEntered,
            "programme",
            "programme_id",
            "budget_entered",
        ),
        Telling(
            events.BudgetRecorded,
            events_pb.BudgetRecorded,
            "programme",
            "programme_id",
            "budget_recorded",
        ),
        Telling(
            events.TransferApprovalRecorded,
            events_pb.TransferApprovalRecorded,
            "programme",
            "programme_id",
            "approval_recorded",
        ),
        Telling(
            events.ResponsibilitySet,
            events_pb.ResponsibilitySet,
            "programme",
            "programme_id",
            "responsibility_set",
        ),
        Telling(
            events.ExanteSubmitted,
            events_pb.ExanteSubmitted,
            "exante",
            "application_id",
            "submitted",
        ),
        Telling(
            events.ExanteReturned, events_pb.ExanteReturned, "exante", "application_id", "returned"
        ),
        Telling(
            events.IndependentReviewOrdered,
            events_pb.IndependentReviewOrdered,
            "exante",
            "application_id",
            "independent_review_ordered",
        ),
        Telling(
            events.ExanteAssessedIndependently,
            events_pb.ExanteAssessedIndependently,
            "exante",
            "application_id",
            "assessed_independently",
        ),
        Telling(
            events.ExanteDecided, events_pb.ExanteDecided, "exante", "application_id", "decided"
        ),
        Telling(events.ExanteLapsed, events_pb.ExanteLapsed, "exante", "application_id", "lapsed"),
        Telling(
            events.IndicatorLibraryPublished,
            events_pb.IndicatorLibraryPublished,
            "library",
            "library_id",
            "published",
        ),
        Telling(
            events.TargetSubmitted, events_pb.TargetSubmitted, "target", "target_id", "submitted"
        ),
        Telling(
            events.TargetWithdrawn, events_pb.TargetWithdrawn, "target", "target_id", "withdrawn"
        ),
        Telling(events.TargetReviewed, events_pb.TargetReviewed, "target", "target_id", "reviewed"),
        Telling(events.TargetReturned, events_pb.TargetReturned, "target", "target_id", "returned"),
        Telling(events.TargetBlocked, events_pb.TargetBlocked, "target", "target_id", "blocked"),
        Telling(events.TargetPassed, events_pb.TargetPassed, "target", "target_id", "passed"),
        Telling(
            events.TargetDecomposed, events_pb.TargetDecomposed, "target", "target_id", "decomposed"
        ),
        Telling(events.TargetReleased, events_pb.TargetReleased, "target", "target_id", "released"),
        Telling(
            events.TargetSuperseded, events_pb.TargetSuperseded, "target", "target_id", "superseded"
        ),
        Telling(
            events.AdjustmentSubmitted,
            events_pb.AdjustmentSubmitted,
            "adjustment",
            "adjustment_id",
            "submitted",
        ),
        Telling(
            events.AdjustmentReviewed,
            events_pb.AdjustmentReviewed,
            "adjustment",
            "adjustment_id",
            "reviewed",
        ),
        Telling(
            events.AdjustmentApproved,
            events_pb.AdjustmentApproved,
            "adjustment",
            "adjustment_id",
            "approved",
        ),
    ],
)


def programme(value: Programme, version: int) -> programmes_pb.Programme:
    """A programme as it is read."""
    years = sorted({row.year for row in value.budget_rows})
    return wire.write(
        value, programmes_pb.Programme, etag=wire.etag(version),
        budgets=[_year_budget(value, year) for year in years],
    )  # fmt: skip


def _year_budget(value: Programme, year: int) -> programmes_pb.YearBudget:
    rows = value.budget_rows
    figures = {
        "year": year, "initial": budget.initial_of(rows, year),
        "approved": budget.approved_of(rows, year), "current": budget.current_of(rows, year),
    }  # fmt: skip
    return wire.write(figures, programmes_pb.YearBudget)


def application(value: ExanteApplication, version: int) -> exante_pb.ExanteApplication:
    """An application as it is read, with the sums of its score tables."""
    return wire.write(value, exante_pb.ExanteApplication, etag=wire.etag(version))


def target(value: Target, version: int) -> targets_pb.Target:
    """A target version as it is read."""
    return wire.write(value, targets_pb.Target, etag=wire.etag(version))


def decomposed(
    value: tuple[Target, tuple[Figures, ...]], version: int
) -> targets_pb.DecomposeTargetResponse:
    """A decomposed target and what its parts come to."""
    figures = [wire.write(one, targets_pb.Figures) for one in value[1]]
    return targets_pb.DecomposeTargetResponse(target=target(value[0], version), figures=figures)


def released(value: tuple[tuple[Target, int], ...], _: int) -> targets_pb.ReleaseTargetsResponse:
    """The released targets, each with its own version."""
    return targets_pb.ReleaseTargetsResponse(targets=[target(*one) for one in value])


def adjustment(value: TargetAdjustment, version: int) -> adjustments_pb.TargetAdjustment:
    """An adjustment as it is read."""
    return wire.write(value, adjustments_pb.TargetAdjustment, etag=wire.etag(version))


def library(value: IndicatorLibrary, version: int = 1) -> libraries_pb.IndicatorLibrary:
    """A version of a library."""
    return wire.write(value, libraries_pb.IndicatorLibrary, etag=wire.etag(version))


def totals(value: Totals) -> budgets_pb.Totals:
    """The totals of a year."""
    return wire.write(value, budgets_pb.Totals)
