"""What is printed at the end: the acts, the district's results, the comparisons."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from .walk import Outcome, World


def show(console: Console, world: World, outcomes: list[Outcome]) -> bool:
    """Print everything; True when every act went well and every figure agrees."""
    _acts(console, outcomes)
    _results(console, world)
    failed = [one for one in outcomes if one.failure]
    wrong = [one for one in world.comparisons if not one.equal]
    _differences(console, world)
    console.print(
        f"共{len(outcomes)}幕，{len(failed)}幕未按预期；"
        f"比对{len(world.comparisons)}个计算结果，{len(wrong)}个不一致。"
    )
    return not failed and not wrong


def _acts(console: Console, outcomes: Iterable[Outcome]) -> None:
    table = Table(title="演示年度", show_lines=False)
    for name in ("幕", "日期", "线", "条款", "谁", "做什么", "结果"):
        table.add_column(name, overflow="fold")
    for one in outcomes:
        act = one.act
        result = f"✗ {one.failure}" if one.failure else "；".join(one.results)
        days = sorted(act.steps)
        span = days[0] if len(days) == 1 else f"{days[0]} … {days[-1][5:]}"
        table.add_row(str(act.no), span, act.track, act.article, act.who, act.what, _safe(result))
    console.print(table)


def _results(console: Console, world: World) -> None:
    """The district, its towns, its projects: a table each, with the columns that it fills."""
    towns = set(world.offices.towns().values())
    projects = {row.key: row.unit for row in (*world.figures.projects, *world.figures.roads)}
    names = {t: world.figures[t].programme.name for t in "ABCDG"} | projects
    groups = {
        "区级项目和转移支付": [
            key for key in world.shown if key not in towns and key not in projects
        ],
        "镇办": [key for key in world.shown if key in towns],
        "转移支付项目": [key for key in world.shown if key in projects],
    }
    for title, keys in groups.items():
        columns = list(dict.fromkeys(name for key in keys for name in world.shown[key]))
        if not columns:
            continue
        table = Table(title=f"全区绩效结果 · {title}")
        table.add_column("项目", overflow="fold", max_width=36)
        for name in columns:
            table.add_column(name, overflow="fold", justify="right")
        for key in keys:
            label = f"{key} {names[key]}" if key in names else key
            table.add_row(label, *(_safe(world.shown[key].get(name, "")) for name in columns))
        console.print(table)


def _differences(console: Console, world: World) -> None:
    wrong = [one for one in world.comparisons if not one.equal]
    if not wrong:
        return
    table = Table(title="与 figures.json 不一致")
    for name in ("幕", "项目", "算得", "应为"):
        table.add_column(name, overflow="fold")
    for one in wrong:
        table.add_row(str(one.act), one.what, _safe(one.got), _safe(one.expected))
    console.print(table)


def say_where(console: Console, world: World) -> None:
    """Addresses, and the account of one person of every office."""
    stack = world.stack
    console.print(f"系统 {stack.url} ；公开网站 {stack.site_url} ；系统接口（gRPC） {stack.door}")
    table = Table(title="演示账号（每个机构一名）")
    for name in ("人员", "登录名", "口令"):
        table.add_column(name)
    seen: set[str] = set()
    for person in world.people.values():
        office = person.name.partition("·")[0]
        if office not in seen:
            seen.add(office)
            password = person.first_password or person.password
            table.add_row(person.name, person.login, password)
    console.print(table)
    console.print("按 Ctrl-C 停止。")


def _safe(text: str) -> str:
    return text.replace("[", "\\[")
