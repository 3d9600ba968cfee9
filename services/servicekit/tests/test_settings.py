"""A value that must not be stops the start (P1.7)."""

from pathlib import Path
from typing import Any

import pytest

from jixiao.servicekit.settings import Settings

URLS: dict[str, Any] = {"database_url": "a", "jobs_database_url": "b", "nats_url": "c"}


@pytest.mark.parametrize("listen", ["0.0.0.0:9000", "[::]:9000", ":9000", "10.0.0.7:9000", "pod:9"])
def test_p17_no_image_takes_the_local_runners_clock(listen: str) -> None:
    with pytest.raises(ValueError, match="JIXIAO_CLOCK"):
        Settings(**URLS, clock=Path("clock"), listen=listen)
    assert Settings(**URLS, listen=listen).clock is None  # control: its own time it may have


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:9000", "[::1]:9000"])
def test_p17_this_machine_alone_walks_through_a_year(listen: str) -> None:
    assert Settings(**URLS, clock=Path("clock"), listen=listen).clock is not None
