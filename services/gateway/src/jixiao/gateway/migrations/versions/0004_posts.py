"""Deputies for a time, and posts handed over (P3.1)."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Expand only."""
