"""Bars made by the server beside the table that they come from; they need no script."""

from markupsafe import Markup

from .texts import share

_BAR = Markup(
    '<svg role="img" aria-label="得分占分值 {pct}%" width="124" height="14" viewBox="0 0 124 14">'
    '<rect x="1" y="2" width="120" height="10" fill="#EEF2F7" stroke="#77828F"/>'
    '<rect x="1" y="2" width="{width}" height="10" fill="#0B4F9E"/></svg>'
)


def bar(score: str | None, weight: str | None) -> Markup:
    """How much of its weight an indicator reached: frame is the target, fill what was reached."""
    pct = share(score, weight)
    return Markup() if pct is None else _BAR.format(pct=pct, width=pct * 120 / 100)
