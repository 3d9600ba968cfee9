"""Programme D's key evaluation and its commissions on real parts, to 58.75."""

from datetime import date
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

import pytest

from jixiao.api.evaluation.v1 import commissions_pb as m
from jixiao.api.evaluation.v1 import events_pb as told
from jixiao.api.evaluation.v1 import key_evaluations_pb as k
from jixiao.api.evaluation.v1.commissions_pb_grpc import CommissionsClient
from jixiao.api.evaluation.v1.key_evaluations_pb_grpc import KeyEvaluationsClient
from jixiao.api.gateway.v1 import events_pb as gateway
from jixiao.evaluation.application.turning import turn_commissions
from jixiao.servicekit.access import system
from jixiao.servicekit.testing import request_id

from .world import DISTRICT, YEAR, World, at, refused

D = YEAR["D"]["key_evaluation"]
JUDGES = tuple(str(uuid5(NAMESPACE_OID, f"专家{n}")) for n in "一二三四五")
LEADER = "财己"
ASSESSOR = str(uuid5(NAMESPACE_OID, "Q所甲"))
BEFORE = str(uuid5(NAMESPACE_OID, "T所甲"))


class Scene:
    """The services called, the programme, and the evaluation as last answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.evaluations = KeyEvaluationsClient(world.up.channel)
        self.commissions = CommissionsClient(world.up.channel)
        self.programme = ""
        self.road = ""
        self.now: Any = None

    def group(self, person: str) -> Any:
        return self.world.up.caller("working_group", person=person, keys=(self.programme,))

    def party(self, person: str, *, granted: bool = False) -> Any:
        """Before the declaration a person has no grant at all; then the commission's."""
        if not granted:
            return self.world.up.caller("anyone", person=person)
        return self.world.up.caller("third_party", person=person, keys=(self.programme,))

    def judge(self, person: str) -> Any:
        return self.group(person) if person in JUDGES[:3] else self.party(person, granted=True)

    async def act(self, name: str, caller: Any, **more: Any) -> None:
        words = "".join(part.capitalize() for part in name.split("_"))
        request = getattr(k, f"{words}Request")(
            evaluation_id=self.now.evaluation_id, etag=self.now.etag, request_id=request_id(),
            **more,
        )  # fmt: skip
        self.now = await caller(getattr(self.evaluations, name), request)

    async def commission(
        self, name: str, persons: list[str], subject: str = "key_evaluation"
    ) -> Any:
        finance = self.world.finance("财丁")
        party = await finance(
            self.commissions.register_third_party,
            m.RegisterThirdPartyRequest(
                name=name, credit_code=f"9137{uuid4().hex[:12]}", request_id=request_id()
            ),
        )
        return await finance(
            self.commissions.create_commission,
            m.CreateCommissionRequest(
                third_party_id=party.third_party_id, programme_id=self.programme, year=2025,
                subject=subject, subject_id=self.now.evaluation_id, persons=persons,
                lead_evaluator=persons[0], fee="60000.00", ends_on="2026-08-31",
                request_id=request_id(),
            ),
        )  # fmt: skip

    def declare(self, made: m.Commission, *works: m.PriorWork) -> m.DeclareConflictRequest:
        own = [m.Declaration(prior_works=list(works))]
        own += [m.Declaration(person=person) for person in made.persons]
        return m.DeclareConflictRequest(
            commission_id=made.commission_id, declarations=own, etag=made.etag,
            request_id=request_id(),
        )  # fmt: skip


@pytest.fixture(scope="module")
async def scene(running: Any) -> Scene:
    """D's root with a road under it, the calendar, and the evaluation opened."""
    world = World(await running("evaluation"))
    world.day("2026-05-11")
    made = Scene(world)
    roads: dict[str, Any] = {"transfer": True, "budget": "11000000.00"}
    root = await world.programme(
        "ZD117-U000-2025-0001", at(DISTRICT, "ZD117", "U000"), target_level="overall", **roads
    )
    road = await world.programme(
        "ZD117-U102-2025-0001", at("370303102", "ZD117", "U102"), parent=root, budget="5000000.00"
    )
    made.programme, made.road = str(root), str(road)
    calendar = uuid4()
    days = gateway.WorkingDaysSet(
        calendar_id=str(calendar), holidays=["2026-06-19", "2026-06-20", "2026-06-21"]
    )
    await world.tell("gateway.working_days.set", days, calendar)
    opened = await world.finance("财丁")(
        made.evaluations.open_key_evaluation,
        k.OpenKeyEvaluationRequest(
            programme_id=made.programme, year=2025, kind="finance_evaluation",
            plan=k.Plan(
                leader=LEADER, members=list(JUDGES[:3]), text="实地核查三个项目，问卷200份。",
                organisation="区财政局",
            ),
            until="2026-08-31", request_id=request_id(),
        ),
    )  # fmt: skip
    made.now = opened
    return made


async def test_t26_who_drew_the_roads_is_refused_403_and_the_commission_is_terminated(
    scene: Scene,
) -> None:
    scene.world.day("2026-05-13")
    made = await scene.commission("Q所", [ASSESSOR])
    stranger = scene.party("别人")
    assert (await refused(stranger(scene.commissions.declare_conflict, scene.declare(made))))[
        0
    ] == "NOT_FOUND"

    drawn = m.PriorWork(
        object_id=scene.road, kind="design", done_on="2024-06-30", text="施工图设计"
    )
    request = scene.declare(made, drawn)
    declare = scene.party(ASSESSOR)
    status, why = await refused(declare(scene.commissions.declare_conflict, request))
    assert (status, why.reason, why.article) == ("PERMISSION_DENIED", "conflict", "D-6(8)")
    # Said again, it tells nothing: whose commission is over has lost his access (P1.3).
    assert (await refused(declare(scene.commissions.declare_conflict, request)))[0] == "NOT_FOUND"
    ask = m.GetCommissionRequest(commission_id=made.commission_id)
    now = await scene.world.finance("财丁")(scene.commissions.get_commission, ask)
    assert now.state == "terminated"
    assert (await refused(scene.party(ASSESSOR)(scene.commissions.get_commission, ask)))[
        0
    ] == "NOT_FOUND"


async def test_p35_d6_8_departments_and_towns_commission_from_the_register_that_they_read(
    scene: Scene,
) -> None:
    scene.world.day("2026-05-14")
    await scene.commission("T所", [ASSESSOR])
    for role, post in (
        ("department", {"territory": DISTRICT, "line": "ZD117"}),
        ("township_finance", {"territory": "370303102"}),
    ):
        caller = scene.world.up.caller(role, **post)
        shown = await caller(scene.commissions.list_third_parties, m.ListThirdPartiesRequest())
        assert "T所" in [each.name for each in shown.third_parties]
    elsewhere = scene.world.up.caller("department", territory="370304", line="ZD117")
    shown = await elsewhere(scene.commissions.list_third_parties, m.ListThirdPartiesRequest())
    assert not shown.third_parties


async def test_d6_8_a_third_party_sees_nothing_before_its_declaration_and_its_access_ends(
    scene: Scene,
) -> None:
    scene.world.day("2026-05-15")
    made = await scene.commission("R所", list(JUDGES[3:]))
    ask = k.GetKeyEvaluationRequest(evaluation_id=scene.now.evaluation_id)
    person = scene.party(JUDGES[3])
    bare = scene.world.up.caller("third_party", person=JUDGES[3])
    assert (await refused(bare(scene.evaluations.get_key_evaluation, ask)))[0] == "NOT_FOUND"
    listed = await person(scene.commissions.list_commissions, m.ListCommissionsRequest())
    assert [each.commission_id for each in listed.commissions] == [made.commission_id]
    given = await person(scene.commissions.declare_conflict, scene.declare(made))
    assert given.state == "contracted"
    event = told.CommissionGiven.from_binary(await scene.world.told("commission.given"))
    assert (event.person_ids, event.subject, event.until, event.programme_id) == (
        list(JUDGES[3:]), "key_evaluation", "2026-08-31", scene.programme,
    )  # fmt: skip
    assert event.subject_id == scene.now.evaluation_id
    granted = scene.party(JUDGES[3], granted=True)
    seen = await granted(scene.evaluations.get_key_evaluation, ask)
    assert seen.evaluation_id == scene.now.evaluation_id

    async def turn(work: Any) -> tuple[None, list[object]]:
        ended = await turn_commissions(date(2026, 9, 1), work)
        assert [str(getattr(each, "commission_id", "")) for each in ended] == [made.commission_id]
        return None, ended

    await scene.world.up.running.transactions.act(system("schedule"), "day.turned", turn)


async def test_t25_t26_two_rounds_of_marks_a_report_and_a_consultation_come_to_58_75(
    scene: Scene,
) -> None:
    world = scene.world
    finance = world.finance("财丁")
    scheme = k.Scheme(judges=list(JUDGES), method="现场核查、资料核查、问卷调查")
    await scene.act("propose_scheme", finance, scheme=scheme)
    assert (await refused(scene.act("approve_scheme", finance)))[1].reason == "second_person"
    await scene.act("approve_scheme", world.finance("财丙"))

    world.day("2026-06-08")
    first = {key: row for key, row in D["judged"].items() if key != "effect"}
    marks = [
        [
            k.Mark(
                code=key.removesuffix("_round_1"), score=row["marks"][place],
                comment=D["comment_below_60_pct"],
            )
            for key, row in first.items()
        ]
        for place in range(5)
    ]  # fmt: skip
    early = scene.act("score_key_evaluation", scene.judge(JUDGES[0]), marks=marks[0])
    assert (await refused(early))[1].reason == "INTEREST_UNDECLARED"
    for person in JUDGES[:3]:
        await scene.act("declare_interest", scene.group(person))
    for person, own in zip(JUDGES, marks, strict=True):
        await scene.act("score_key_evaluation", scene.judge(person), marks=own)
    assert scene.now.to_discuss == ["effect"]
    world.day("2026-06-15")
    for person, text in zip(JUDGES, D["judged"]["effect"]["marks"], strict=True):
        again = [k.Mark(code="effect", score=text, comment="讨论后修改")]
        await scene.act("score_key_evaluation", scene.judge(person), marks=again)
    assert len([each for each in scene.now.marks if each.code == "effect"]) == 10

    world.day("2026-06-17")
    cost = D["cost_saving"]
    figures = [
        k.RateFigures(code=row["code"], numerator=row["numerator"], denominator=row["denominator"])
        for row in D["computed"]
    ]
    figures.append(
        k.RateFigures(
            code="cost_saving", numerator=cost["actual_cost"],
            denominator=cost["planned_cost_of_done"],
        )
    )  # fmt: skip
    report = k.Report(
        text="绩效评价报告", main_problems=D["main_problems"], measures=["按期完成续建。"],
        evaluator="R所、专家组",
    )  # fmt: skip
    await scene.act("draft_report", scene.group(LEADER), figures=figures, report=report)
    assert (scene.now.total, scene.now.grade.name, scene.now.state) == (
        "58.75",
        "POOR",
        "consultation",
    )
    assert scene.now.answer_due_on == "2026-07-02"

    world.day("2026-06-30")
    text = "征地滞后属客观原因，建议按已交地里程计算完成率。"
    department = world.department("ZD117", "交通子")
    await scene.act("answer_key_evaluation", department, objections=[text])
    world.day("2026-07-06")
    open_one = scene.act("check_quality", world.finance("财戊"), passed=True, note="程序完整。")
    assert (await refused(open_one))[1].reason == "OBJECTION_OPEN"
    await scene.act(
        "answer_objection", scene.group(LEADER), number=1, accepted=False,
        reply="不采纳：未按规定调整目标。",
    )  # fmt: skip
    await scene.act("check_quality", world.finance("财戊"), passed=True, note="程序完整。")
    world.day("2026-07-08")
    checker = scene.act("conclude_key_evaluation", world.finance("财戊"))
    assert (await refused(checker))[1].reason == "own_filing"
    await scene.act("conclude_key_evaluation", world.finance("财甲"))
    assert (scene.now.state, scene.now.objections[0].accepted) == ("final", "no")
    event = told.EvaluationConcluded.from_binary(await world.told("key_evaluation.concluded"))
    assert (event.source, event.total, event.grade, event.evaluator, event.day) == (
        "finance_evaluation", "58.75", "poor", "R所、专家组", "2026-07-08",
    )  # fmt: skip
    assert len(event.problems) == 4
    assert "未按规定调整目标" in event.objections_answer
    assert {row.code: row.score for row in event.indicators}["effect"] == "7.00"
    other = world.department("ZD104", "卫子")
    ask = k.GetKeyEvaluationRequest(evaluation_id=scene.now.evaluation_id)
    assert (await refused(other(scene.evaluations.get_key_evaluation, ask)))[0] == "NOT_FOUND"


@pytest.mark.attack("A13")
async def test_a13_r43_who_assessed_an_object_never_evaluates_it_wherever_he_works(
    scene: Scene,
) -> None:
    scene.world.day("2026-07-20")
    assessed = await scene.commission("T所", [BEFORE], "exante")
    declare = scene.party(BEFORE)
    await declare(scene.commissions.declare_conflict, scene.declare(assessed))

    again = await scene.commission("U所", [BEFORE])  # another institution, the same person
    status, why = await refused(declare(scene.commissions.declare_conflict, scene.declare(again)))
    assert (status, why.reason) == ("PERMISSION_DENIED", "conflict")
    plan = k.Plan(leader=LEADER, members=[BEFORE], text="实地核查。", organisation="区财政局")
    opened = scene.world.finance("财丁")(
        scene.evaluations.open_key_evaluation,
        k.OpenKeyEvaluationRequest(
            programme_id=scene.programme, year=2025, kind="finance_evaluation", plan=plan,
            until="2026-08-31", request_id=request_id(),
        ),
    )  # fmt: skip
    assert [one.code for one in (await refused(opened))[1].findings] == ["member_involved"]
