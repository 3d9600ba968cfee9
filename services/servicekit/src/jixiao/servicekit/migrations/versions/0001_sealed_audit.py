"""Who acted for whom and from where, and the sealed chain over the audit trail (P6)."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expand only."""
