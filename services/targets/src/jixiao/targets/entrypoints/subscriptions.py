"""What this service hears from the others: stream → subject → reaction."""

from collections.abc import Mapping

from jixiao.servicekit.inbox import React

REACTIONS: Mapping[str, Mapping[str, React]] = {}
