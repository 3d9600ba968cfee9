"""Make the secrets that `docker compose` refers to, once, in `.local/compose` (not committed).

Passwords are random, differ for every login, and stand in no other file. Existing ones stay; delete
the folder, and the volumes with it, to start anew.
"""

import json
import os
import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FOLDER = Path(__file__).resolve().parent.parent / ".local" / "compose"
DATABASES = ("targets", "monitoring", "evaluation", "results-application", "disclosure",
             "disclosure-site", "gateway")  # fmt: skip
PACKAGES = {"results-application": "results", "disclosure-site": "site"}
"""Under which name a service proves itself, where it is not its database's."""


def password() -> str:
    """A random password that begins with a letter: NATS reads `1e9…` as a number."""
    return "p" + secrets.token_hex(20)


def database_secrets() -> dict[str, str]:
    """The logins' passwords for `databases.sh`, and each service's addresses."""
    made, lines = {}, []
    for database in DATABASES:
        name, host = database.replace("-", "_"), f"postgres:5432/{database}"
        api, job, migrator = password(), password(), password()
        lines.append(f"{database} {api} {job} {migrator}\n")
        made[f"{database}.env"] = (
            f"JIXIAO_DATABASE_URL=postgresql://{name}_api:{api}@{host}\n"
            f"JIXIAO_JOBS_DATABASE_URL=postgresql://{name}_job:{job}@{host}\n"
        )
        made[f"{database}-migrate.env"] = (
            f"JIXIAO_DATABASE_URL=postgresql://{name}_migrator:{migrator}@{host}\n"
        )
    made["database-passwords"] = "".join(lines)
    made["postgres-password"] = password()
    return made


def broker_secrets() -> dict[str, str]:
    """NATS' own login and the address that contains it."""
    word = password()
    return {
        "nats.env": f"NATS_USER=jixiao\nNATS_PASSWORD={word}\n",
        "broker.env": f"JIXIAO_NATS_URL=nats://jixiao:{word}@nats:4222\n",
    }


def pair() -> tuple[str, str]:
    """A fresh Ed25519 pair as PEM: private, public."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def principal_keys() -> dict[str, str]:
    """A first key of the principal token (P4.6), and each service's own (P4.7).

    The private half of the first is the gateway's alone, of the others each service's.
    """
    private, public = pair()
    kid, made, services = secrets.token_hex(4), {}, {}
    for database in DATABASES:
        made[f"{database}-service-key.pem"], services[PACKAGES.get(database, database)] = pair()
        if database == "disclosure-site":  # it keeps no records, so no trail
            continue
        seal, seal_public = pair()  # signs the service's audit trail (P6.2)
        made[f"{database}-seal.json"] = json.dumps(
            {"public": {kid: seal_public}, "private": {"kid": kid, "pem": seal}}
        )
    keys = {"public": {kid: public}, "services": services}
    return {
        **made,
        "principal-keys-public.json": json.dumps(keys),
        "principal-keys-private.json": json.dumps(
            {**keys, "private": {"kid": kid, "pem": private}}
        ),
    }


def factor_keys() -> dict[str, str]:
    """The key that seals the second factors' secrets (P4.3), the gateway's alone."""
    return {"factor-keys": Fernet.generate_key().decode() + "\n"}


def write(folder: Path) -> None:
    """Write all secrets; nothing when they exist.

    The folder is closed to others; the files in it are readable, since compose mounts them as they
    are and the images' user is not the one that runs compose.
    """
    if folder.exists():
        sys.stdout.write(f"kept: {folder}\n")
        return
    folder.mkdir(parents=True, mode=0o700)
    files = {**database_secrets(), **broker_secrets(), **principal_keys(), **factor_keys()}
    for name, text in files.items():
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
    sys.stdout.write(f"written: {folder}\n")


if __name__ == "__main__":
    write(FOLDER)
