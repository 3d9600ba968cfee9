"""Acts 3 to 16: programmes, ex-ante assessments, the gate that stays closed for B."""

from datetime import date
from typing import Any

from ..figures import Node, yuan
from ..forms import assessment, description
from ..offices import ITSELF
from ..officials import Person, refused
from ..walk import World

YEAR = 2025
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


async def create(w: World, person: Person, key: str, unit: str, **described: Any) -> Node:
    """Make the programme of a track and remember it by its key."""
    programme = w.figures[key].programme
    made = await person.do(
        "CreateProgramme",
        year=YEAR, unit=unit, description=description(programme, **described),
    )  # fmt: skip
    _remember(w, key, made)
    return made


def _remember(w: World, key: str, made: Node) -> None:
    w.ids[key] = made.programme_id
    w.kept[f"{key}.code"] = made.code
    w.check(f"{key}项目状态", made.state, "draft")


async def file_application(
    w: World, person: Person, key: str, requested: Any, questions: Node
) -> Node:
    """Twenty questions with their basis, and the report (D-8, D-9)."""
    report = await person.upload(f"{key}事前绩效评估报告.pdf", PDF)
    filed = await person.do(
        "SubmitExante",
        programme_id=w.ids[key], year=YEAR, requested=yuan(requested), report_file=report,
        assessment=assessment(questions, w.figures.default_exante_basis),
    )  # fmt: skip
    w.ids[f"{key}.exante"] = filed.application_id
    return filed


def check_assessment(w: World, key: str, got: Node, expected: Node) -> None:
    """Five sums, total, grade and suggestion beside the expected ones (R-16)."""
    for dimension, points in expected.dimensions.items():
        w.check(f"{key}事前评估{dimension}", got.dimensions[dimension], points)
    w.check(f"{key}事前评估总分", got.total, expected.total)
    w.check(f"{key}事前评估等级", got.grade, expected.grade)
    w.check(f"{key}事前评估建议", got.suggested, expected.suggested)


async def state_of(w: World, key: str, person: str = "财政局·乙") -> str:
    """A programme's state as a person of finance reads it."""
    return str((await w[person].do("GetProgramme", programme_id=w.ids[key])).state)


async def create_a(w: World) -> str:
    """Act 3: the district programme, and who answers for it."""
    a, filer = w.figures.A.programme, w["教体局·子"]
    made = await create(
        w, filer, "A", w.offices.unit_codes["A"], total_amount=yuan(a.amount_medium_term)
    )
    await filer.do(
        "SetResponsibility",
        programme_id=made.programme_id, post=a.responsible,
        person=w["资助中心·主任"].person_id, since=a.term[0],
    )  # fmt: skip
    answer = await w.treasury.do("MayPay", programme_code=made.code, amount="1.00")
    w.check("A立项时国库询问", answer.verdict, "not_found")
    return f"{made.code} 草稿；国库询问：{answer.verdict}"


async def assess_a(w: World) -> str:
    """Act 4."""
    exante = w.figures.A.exante
    filed = await file_application(w, w["教体局·子"], "A", exante.requested, exante.questions)
    check_assessment(w, "A", filed.department_assessment, exante.expected)
    w.check("A申请状态", filed.state, "submitted")
    return f"{filed.department_assessment.total} {filed.department_assessment.grade}"


async def create_b(w: World) -> str:
    """Act 5, first day."""
    return str((await create(w, w["文旅局·子"], "B", w.offices.unit_codes["B"])).code)


async def assess_b(w: World) -> str:
    """Act 5, second day."""
    b = w.figures.B
    own = b.department_assessment
    filed = await file_application(w, w["文旅局·子"], "B", b.requested, own.questions)
    check_assessment(w, "B", filed.department_assessment, own.expected)
    return f"自评估{filed.department_assessment.total} {filed.department_assessment.grade}"


async def create_c(w: World) -> str:
    """Act 6, first day: the root of the transfer."""
    made = await create(w, w["卫健局·子"], "C", ITSELF, target_level="overall")
    return str(made.code)


async def assess_c(w: World) -> str:
    """Act 6, second day."""
    exante = w.figures.C.exante
    filed = await file_application(w, w["卫健局·子"], "C", exante.requested, exante.questions)
    check_assessment(w, "C", filed.department_assessment, exante.expected)
    return f"{filed.department_assessment.total} {filed.department_assessment.grade}"


async def commission_p(w: World) -> str:
    """Act 7, first day: this assessment alone, until its end."""
    finance, assessor = w["财政局·丁"], w["P所·一"].person_id
    institution = await finance.do(
        "RegisterThirdParty", name="P评估咨询所", credit_code="91370303MA3P000001"
    )
    commission = await finance.do(
        "CreateCommission",
        third_party_id=institution.third_party_id, programme_id=w.ids["B"], year=YEAR,
        subject="exante", subject_id=w.ids["B.exante"], persons=[assessor],
        lead_evaluator=assessor, starts_on="2024-09-18", ends_on="2024-11-29",
    )  # fmt: skip
    w.ids["B.commission"], w.kept["B.commission"] = commission.commission_id, commission.etag
    w.check("B委托状态", commission.state, "invited")
    return "已邀请P所"


async def declare_p(w: World) -> str:
    """Act 7, second day: no conflict; P sees B and nothing else."""
    p = w["P所·一"]
    declared = await p.do(
        "DeclareConflict",
        etag=w.kept["B.commission"], commission_id=w.ids["B.commission"],
        declarations=[{"person": ""}, {"person": p.person_id}],
    )  # fmt: skip
    w.check("B委托状态", declared.state, "contracted")
    await w.settle()
    await p.act_as("third_party")
    seen = await p.everything("ListProgrammes", "programmes")
    w.check("P所可见项目", [one.programme_id for one in seen], [w.ids["B"]])
    exante = await p.do("GetExante", application_id=w.ids["B.exante"])
    w.check("B申请状态", exante.state, "independent_review")
    return "无利益冲突，已签约；仅可见B"


async def decide(w: World, key: str, conclusion: str, opinion: str) -> Node:
    """Finance decides on an application."""
    return await w["财政局·甲"].do(
        "DecideExante",
        application_id=w.ids[f"{key}.exante"], conclusion=conclusion, opinion=opinion,
    )  # fmt: skip


SUPPORTED = "立项依据充分，标准明确，同意支持。"


async def decide_a(w: World) -> str:
    """Act 8, first day."""
    return await _support(w, "A")


async def decide_c(w: World) -> str:
    """Act 8, a week later."""
    return await _support(w, "C")


async def _support(w: World, key: str) -> str:
    decided = await decide(w, key, w.figures[key].exante.decision, SUPPORTED)
    w.check(f"{key}申请状态", decided.state, "decided")
    w.check(f"{key}项目状态", await state_of(w, key), "assessed")
    return f"{key} {decided.conclusion}，已评估"


async def create_e(w: World) -> str:
    """Act 9: a stub and nothing else; whoever tries to file content is refused."""
    e, filer = w.figures.E.programme, w["应急局·子"]
    made = await filer.do(
        "CreateProgramme",
        year=e.year, unit=ITSELF, classification=e.level, secrecy_basis=e.basis,
    )  # fmt: skip
    _remember(w, "E", made)
    async with refused(409, "涉密内容严禁录入本系统") as caught:
        await filer.do(
            "SubmitTarget",
            programme_id=w.ids["E"], year=e.year,
            form={"annual_text": "年度目标", "amount": "1.00"},
        )  # fmt: skip
    return caught[0].sentence


async def create_g(w: World) -> str:
    """Act 10: running since before, so no ex-ante duty."""
    await create(w, w["水利局·子"], "G", w.offices.unit_codes["G"])
    return await _record_2024(w, "G")


async def create_d(w: World) -> str:
    """Act 11: a transfer of the city by the project method."""
    await create(w, w["交通局·子"], "D", ITSELF, target_level="overall")
    return await _record_2024(w, "D")


async def _record_2024(w: World, key: str) -> str:
    amount = yuan(w.figures[key].programme.budget_2024)
    await w["财政局·乙"].do(
        "RecordBudget", programme_id=w.ids[key], year=YEAR - 1, kind="initial", amount=amount
    )
    return f"2024年预算{amount}元，非新增"


async def assess_b_independently(w: World) -> str:
    """Act 12: poor, and it governs."""
    independent = w.figures.B.independent_assessment
    assessed = await w["P所·一"].do(
        "AssessExanteIndependently",
        application_id=w.ids["B.exante"],
        assessment=assessment(
            independent.questions,
            w.figures.default_exante_basis,
            "受益对象不清，与既有文旅宣传经费重复，单价无依据，不建议设立。",
        ),
    )
    check_assessment(w, "B独立", assessed.independent_assessment, independent.expected)
    w.show("B", "事前评估", assessed.independent_assessment.total)
    return f"{assessed.independent_assessment.total} {assessed.independent_assessment.grade}"


async def try_to_admit_c(w: World) -> str:
    """Act 13: neither approval nor passed target."""
    async with refused(409, "T-11", "T-15") as caught:
        await w["财政局·乙"].do("AdmitProgramme", programme_id=w.ids["C"])
    return caught[0].sentence


async def propose_approval(w: World) -> str:
    """Act 14, first day."""
    approval, finance = w.figures.C.programme.approval, w["财政局·乙"]
    file = await finance.upload("批准文件.pdf", PDF)
    await finance.do(
        "ProposeTransferApproval",
        programme_id=w.ids["C"], document_number=approval.document, day=approval.date, file=file,
    )  # fmt: skip
    return f"{approval.document} 待确认"


async def confirm_approval(w: World) -> str:
    """Act 14, second day, by another."""
    done = await w["财政局·丙"].do("ConfirmTransferApproval", programme_id=w.ids["C"])
    w.check("C批准文号", done.approval.document_number, w.figures.C.programme.approval.document)
    return f"{done.approval.document_number} 已登记"


async def decide_b(w: World) -> str:
    """Act 15: support is refused, not_support is in time."""
    async with refused(409, "D-10") as caught:
        await decide(w, "B", "support", SUPPORTED)
    decided = await decide(w, "B", w.figures.B.decision, "独立评估结果为差，不予支持。")
    due = w.figures.due("ex-ante decision on B")
    in_time = date.fromisoformat(decided.decided_on) <= date.fromisoformat(due.due)
    w.check("B决定按期", in_time, True)  # noqa: FBT003 - the expected value
    return f"{caught[0].sentence}；{decided.conclusion}"


async def try_to_admit_b(w: World) -> str:
    """Act 16: the library stays closed (D-9)."""
    async with refused(
        409, "D-9", "事前绩效评估结果为差，不得列入中期财政规划和年度预算，不得纳入项目库。"
    ) as caught:
        await w["财政局·乙"].do("AdmitProgramme", programme_id=w.ids["B"])
    w.check("B项目状态", await state_of(w, "B"), "draft")
    return caught[0].sentence
