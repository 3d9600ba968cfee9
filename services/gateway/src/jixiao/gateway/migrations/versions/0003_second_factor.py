"""Second factors and when a session last proved its person (P4.3)."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Expand only."""
