"""Form drafts: what a post has typed and not yet filed (P5.8)."""

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.evaluation.domain.errors import DraftNotJson
from jixiao.measures.days import days_after
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates

KEPT_FOR = 90
ELSEWHERE = "published_elsewhere"


class DraftState(StrEnum):
    """Open while it is worked on; ended by filing, expired after 90 days."""

    OPEN = "open"
    ENDED = "ended"
    EXPIRED = "expired"


@dataclass(slots=True)
class Draft:
    """A form of one post (role and coordinates), kept as the JSON text that was sent."""

    draft_id: UUID
    coordinates: Coordinates
    year: int
    role: str
    form: str
    key: str
    body: str = ""
    origin: str = ""
    saved_by: str = ""
    saved_on: date | None = None
    expires_on: date | None = None
    state: DraftState = DraftState.OPEN
    version: int = 0

    def save(self, body: str, origin: str, person: str, today: date) -> None:
        """Keep a text; one published elsewhere is kept without end. Raises DraftNotJson."""
        try:
            json.loads(body)
        except ValueError as wrong:
            raise DraftNotJson(Finding("/body", "not_json", f"不是有效的 JSON：{wrong}")) from wrong
        self.body, self.origin = body, origin or self.origin
        self.saved_by, self.saved_on, self.state = person, today, DraftState.OPEN
        self.expires_on = None if self.origin == ELSEWHERE else days_after(today, KEPT_FOR)

    def reopen(self, body: str, today: date) -> None:
        """A filed form came back: its content is the draft to start from (P5.8)."""
        self.body, self.state = body, DraftState.OPEN
        self.saved_by, self.saved_on = "", today
        self.expires_on = days_after(today, KEPT_FOR)

    def end(self) -> None:
        """The form was filed: the draft's work is done."""
        self.body, self.expires_on, self.state = "", None, DraftState.ENDED

    def turn_day(self, today: date) -> bool:
        """Expire after its last day; say whether it did."""
        if self.state is not DraftState.OPEN or not self.expires_on or today <= self.expires_on:
            return False
        self.body, self.state = "", DraftState.EXPIRED
        return True
