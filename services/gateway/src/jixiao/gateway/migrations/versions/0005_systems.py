"""Sign-in by OpenID Connect, and client systems' keys and certificates (P4.4, P4.5)."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Expand only."""
