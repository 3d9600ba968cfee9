"""Between the contract and the domain: what equal names do not already say."""

from jixiao.api.targets.v1 import events_pb, programmes_pb, targets_pb
from jixiao.servicekit import wire
from jixiao.servicekit.events import Catalogue, Telling

from ..domain import events
from ..domain.library import Programme
from ..domain.target import Target

CATALOGUE = Catalogue(
    "targets",
    [
        Telling(events.ProgrammeCreated, events_pb.ProgrammeCreated, "programme", "programme_id", "created"),
        Telling(events.TargetSubmitted, events_pb.TargetSubmitted, "target", "target_id", "submitted"),
    ],
)


def programme(value: Programme, version: int) -> programmes_pb.Programme:
    """A programme as it is read."""
    return wire.write(value, programmes_pb.Programme, etag=wire.etag(version))


def target(value: Target, version: int) -> targets_pb.Target:
    """A target version as it is read."""
    return wire.write(value, targets_pb.Target, etag=wire.etag(version))
