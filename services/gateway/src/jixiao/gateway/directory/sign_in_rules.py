"""What this installation asks of people who sign in (P4.3)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .accounts import Account
from .factors import Sealing


@dataclass(frozen=True, slots=True)
class SignInRules:
    """The switches of the sign-in; all are on unless an installation turns them off."""

    second_factor: bool = True
    """Off on one machine alone: whoever has no factor yet must enrol one before a grant holds."""
    classes: bool = True
    """A new password has three of the four classes of characters (GB/T 22239, against ASVS 5)."""
    days: int = 90
    """Days after which a password must be changed; 0: never."""
    sealing: Sealing = field(default_factory=Sealing.fresh)
    """Seals the factors' secrets at rest."""

    def must_change(self, account: Account, at: datetime) -> bool:
        """Whether nothing but a new password is possible: an initial or an old one."""
        old = bool(self.days) and at - account.password_set_at > timedelta(days=self.days)
        return account.must_change or old


OFF = SignInRules(second_factor=False)
"""For what is served without its doors, in tests alone; the process takes its settings' own."""
