"""Acts 104 and 106: the draft final accounts go to the congress, which asks and is answered.

Sets in `w.ids`: `package.accounts.2025`. Needs: A, C, D, G, `D.evaluation`.
"""

from datetime import date

from ..figures import Node, money
from ..walk import World
from .applying import YEAR

REPORTERS = {"A": "教体局·子", "C": "卫健局·子", "D": "交通局·子", "G": "水利局·子"}


async def fill(w: World) -> str:
    """Act 104, first day: the departments put in targets, accounts and results."""
    made = await w["财政局·丁"].do(
        "CreatePackage",
        year=YEAR, kind="draft_final_accounts", title="2025年决算草案及绩效目标、评价结果",
        session_on=w.figures.calendar.final_accounts_2025_on,
    )  # fmt: skip
    w.ids["package.accounts.2025"] = made.package_id
    w.check("决算材料包状态", made.state, "drafting")
    for key, who in REPORTERS.items():
        await w[who].do(
            "SubmitPackageItems", package_id=made.package_id, items=[{"programme_id": w.ids[key]}]
        )
    return f"{len(REPORTERS)}个部门已报送"


async def submit(w: World) -> str:
    """Act 104, second day: checked, approved, submitted in time."""
    named = {"package_id": w.ids["package.accounts.2025"]}
    checked = await w["财政局·甲"].do("CheckPackage", **named, opinion="数据核对一致。")
    w.check("决算材料包状态", checked.state, "finance_checked")
    approved = await w["财政局·丙"].do(
        "ApprovePackage", **named, document_number="张政办字〔2026〕58号"
    )
    w.check("决算材料包状态", approved.state, "approved_by_government")
    done = await w["财政局·丁"].do("SubmitPackage", **named, document_number="张财预〔2026〕30号")
    w.check("决算材料包状态", done.state, "submitted")
    due = w.figures.due("draft final accounts to the standing committee")
    session = date.fromisoformat(w.figures.calendar.final_accounts_2025_on)
    w.check("决算材料包提前天数", done.days_before_session, (session - w.stack.today()).days)
    w.check("决算材料包按期", done.submitted_on <= due.due, True)  # noqa: FBT003 - expected
    w.kept["package.accounts.rows"] = _rows(done)
    return f"提前{done.days_before_session}天报送"


def _rows(package: Node) -> list[tuple[str, str]]:
    return [(one.programme_id, one.snapshot) for one in package["items"]]


async def supplement(w: World) -> str:
    """Act 104, later: D's key evaluation became final after the submission."""
    done = await w["财政局·丁"].do(
        "AddSupplement",
        package_id=w.ids["package.accounts.2025"], text="补充报送重点绩效评价结果。",
        items=[{"programme_id": w.ids["D"]}],
    )  # fmt: skip
    added = done.supplements[-1]["items"][0]
    w.check("补充材料含D重点评价得分", w.figures.D.key_evaluation.total in added.snapshot, True)  # noqa: FBT003
    return str(added.name)


async def read(w: World) -> str:
    """Act 106, first day."""
    done = await w["人大·甲"].do("ReadPackage", package_id=w.ids["package.accounts.2025"])
    w.check("决算材料包状态", done.state, "read")
    return f"已审阅{len(done['items'])}个项目"


async def ask(w: World) -> str:
    """Act 106, second day: on the row of A."""
    a = w.figures.A
    filed, found = a.self_evaluation.expected.total, a.spot_check.rescored.total
    text = f"自评{filed}分、复核{found}分，差在哪里？多结算的资金追回了吗？"
    done = await w["人大·甲"].do(
        "AskQuestion",
        package_id=w.ids["package.accounts.2025"], programme_id=w.ids["A"], text=text,
    )  # fmt: skip
    w.check("决算材料包状态", done.state, "questioned")
    due = w.figures.due("answer to the question of the congress").due
    w.check("人大询问答复期限", done.questions[-1].due_on, due)
    return text


async def answer(w: World) -> str:
    """Act 106, third day: answered by the department, closed; the rows are as submitted."""
    named = {"package_id": w.ids["package.accounts.2025"]}
    overpaid = f"{money(w.figures.A.finding.overpaid):,.2f}"
    text = f"1400人误按全年计入，已逐校重核；{overpaid}元已全部抵扣。"
    answered = await w["教体局·子"].do("AnswerQuestion", **named, number=1, answer=text)
    w.check("决算材料包状态", answered.state, "answered")
    closed = await w["人大·甲"].do("ClosePackage", **named)
    w.check("决算材料包状态", closed.state, "closed")
    unchanged = _rows(closed) == w.kept["package.accounts.rows"]
    w.check("决算材料包内容不变", unchanged, True)  # noqa: FBT003 - expected
    return text
