"""What a consumer needs to heal: retries, skips, rebuilding beside the old (P2.4 to P2.6)."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Expand only."""
