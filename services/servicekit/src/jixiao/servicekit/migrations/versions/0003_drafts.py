"""Form drafts, kept until a successful submit of that version (P5.8)."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Expand only."""
