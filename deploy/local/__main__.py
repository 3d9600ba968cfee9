"""`python -m local up | down | migrate <service> | traces [n]`: the installation on this machine."""

import json
import signal
import sys
from pathlib import Path

from . import databases, traces
from .databases import SERVICES
from .embedded import Postgres
from .stack import Stack

HOME = Path(__file__).resolve().parents[2] / ".local"
HTTP, SITE = 8080, 8090


def up() -> None:
    """Start everything, say where, and wait for Ctrl-C; data stays for the next time."""
    stack = Stack(Postgres(HOME / "postgres"), HOME / "up", http=HTTP, site=SITE)
    stack.prepare()
    accounts = stack.install()
    stack.start()
    _say_where(stack)
    if accounts:
        first = HOME / "up" / "first-accounts.json"
        first.touch(mode=0o600)
        first.write_text(json.dumps(accounts, ensure_ascii=False, indent=1), encoding="utf-8")
        print(f"首批管理员账号写入 {first}，请尽快登录并修改口令。")
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        stack.stop()
        stack.postgres.stop()


def down() -> None:
    """Stop PostgreSQL and whatever an interrupted run left behind."""
    for pid_file in HOME.glob("*/pids"):
        Stack.stop_left(pid_file)
    if (HOME / "postgres" / "PG_VERSION").exists():
        Postgres(HOME / "postgres").stop()


def migrate(service: str) -> None:
    """Migrate one service's database of `make up`, or all."""
    postgres = Postgres(HOME / "postgres")
    chosen = [service] if service else list(SERVICES)
    for one in chosen:
        databases.create(postgres, one, f"jx_{one}")
    databases.migrate(postgres, [(one, f"jx_{one}") for one in chosen])


def _say_where(stack: Stack) -> None:
    print(stack.warning)
    print(f"网关（HTTP/JSON）    {stack.url}")
    print(f"接口文档             {stack.url}/openapi.json")
    print(f"网关（gRPC，系统间） {stack.door}")
    print(f"公开网站             {stack.site_url}")
    if stack.http != HTTP or stack.site != SITE:
        print(f"（{HTTP} 或 {SITE} 端口已被占用，已改用上面的端口。）")


def main(arguments: list[str]) -> None:
    """Do what was asked."""
    match arguments:
        case ["up"]:
            up()
        case ["down"]:
            down()
        case ["migrate", *services]:
            migrate(services[0] if services else "")
        case ["traces", *rest]:
            traces.show(HOME, int(rest[0]) if rest else 5)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
