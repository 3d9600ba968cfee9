"""What a service is told by its environment; nothing else reads `JIXIAO_*`."""

from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The environment of one process; a missing or malformed value stops the start."""

    model_config = SettingsConfigDict(env_prefix="JIXIAO_", frozen=True)

    database_url: str
    """DSN of the API login: commands and reads."""
    jobs_database_url: str
    """DSN of the job login: relay, consumers, schedulers."""
    nats_url: str
    listen: str = "127.0.0.1:0"
    """host:port of the gRPC server."""
    peers: str = ""
    """`name=host:port,...` of the services that this one calls, and of those that it hears."""
    principal_keys: Path = Path("keys.json")
    """JSON of the principal token's public keys by kid; the gateway's also names its private key."""
    service_key: Path = Path("service-key.pem")
    """Private key (PEM) by which this service proves itself to the others (P4.7)."""
    files: str = "file:///tmp/jixiao-files"
    """Object store of uploaded files."""
    clock: Path | None = None
    """The local runner's business clock; refused but where only this machine can call (P1.7)."""
    redelivery: str = "1,5,30,120,600,1800"
    """Seconds before the n-th redelivery of an event (P2.2)."""

    seal_key: Path = Path("seal.json")
    """JSON of the keys that sign this service's sealed audit trail; `audit key` makes it (P6.2)."""
    seal_algorithm: Literal["sha256", "sm3"] = "sha256"
    """Hash of the seal."""
    anchors: str = ""
    """Write-once store of the chains' heads, under other administration; empty: none (P6.3)."""
    heal_after: float = 60
    """Seconds that an event waits for its predecessor before the source is asked (P2.3)."""
    head_check: float = 3600
    """Seconds between two looks at the last places of what the sources told lately (P2.6)."""
    stream_bytes: int = 20 * 2**30
    """Size at which the stream refuses new events (P2.2)."""
    stream_replicas: int = 3
    """Servers that keep the stream; 1 where there is one server."""

    @model_validator(mode="after")
    def _true_time(self) -> Self:
        if self.clock and self.listen.rpartition(":")[0] not in ("127.0.0.1", "localhost", "[::1]"):
            raise ValueError("JIXIAO_CLOCK is the local runner's: JIXIAO_LISTEN must be loopback")
        return self

    @property
    def peer_addresses(self) -> dict[str, str]:
        """Service name to host:port."""
        return dict(pair.split("=", 1) for pair in self.peers.split(",") if pair)

    @property
    def redelivery_delays(self) -> tuple[float, ...]:
        """Seconds before each redelivery."""
        return tuple(float(part) for part in self.redelivery.split(","))
