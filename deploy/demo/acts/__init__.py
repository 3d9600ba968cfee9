"""The acts of the year by season; each module reads like its part of the storyboard."""

import importlib

from ..walk import Act

SEASONS = ("autumn_2024", "winter_2025", "year_2025", "spring_2026", "summer_2026", "autumn_2026")


def year_of_acts() -> list[Act]:
    """The acts of all seasons that are written, in order of their numbers."""
    acts: list[Act] = []
    for season in SEASONS:
        try:
            module = importlib.import_module(f"{__name__}.{season}")
        except ModuleNotFoundError as missing:
            if not str(missing.name).endswith(season):
                raise
            continue
        acts += module.ACTS
    return sorted(acts, key=lambda act: act.no)
