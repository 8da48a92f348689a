"""Every address answers for every study, and says errors in words."""

from __future__ import annotations

import json

import pytest

import tunesmith as ts
from tests.dashboard.client import Client
from tunesmith import analysis
from tunesmith.dashboard.app import PAGES

pytestmark = pytest.mark.needs("starlette", "plotly")


@pytest.mark.parametrize("name", ["empty", "one", "thirty", "goals", "../../../etc/passwd"])
def test_every_view_answers(kept, name):
    client, key = Client(kept.path), kept.keys[name]
    for view in (
        "",
        "/trials",
        "/failures",
        "/workers",
        "/form",
        "/trials.csv",
        "/figures/overview",
        "/lessons",
    ):
        assert client.get(f"/api/study/{key}{view}").status == 200, view
    for page in PAGES:
        more = "/0" if page == "trial" else ""
        assert "<main" in client.get(f"/study/{key}/{page}{more}").text


def test_the_rows_are_the_study(kept):
    client, key = Client(kept.path), kept.keys["thirty"]
    content = client.get(f"/api/study/{key}/trials").json()
    history = ts.Study.load(str(kept.path), "thirty").history
    places = {column["id"]: place for place, column in enumerate(content["columns"])}
    assert [row[0] for row in content["rows"]] == [trial.number for trial in history.trials]
    for row, trial in zip(content["rows"], history.trials, strict=True):
        assert row[places["value:loss"]] == trial.values.get("loss")
        for name in history.space.names:
            assert row[places[f"param:{name}"]] == trial.params.get(name)
    assert content["rows"][30][1] == "running"
    assert content["rows"][31][1] == "queued"


def test_unknown_things_are_said(kept):
    client, key = Client(kept.path), kept.keys["one"]
    for path, status in (("none", 404), (f"{key}/trial/99", 400), (f"{key}/outlook?given=7", 400)):
        answer = client.get(f"/api/study/{path}")
        assert answer.status == status
        assert answer.json()["error"]


def test_orders_are_carried_out(tmp_path):
    path = tmp_path / "s.db"
    space = ts.SearchSpace(x=ts.Float(0, 1), kind=ts.Categorical("a", "b"))
    study = ts.Study(space, storage=str(path), name="one", sampler="random", seed=1)
    asked = study.ask()
    client = Client(path, may_edit=True)

    def order(kind, **body):
        return client.post(f"/api/study/{study.key}/order/{kind}", body)

    assert order("queue", given={"x": 0.25, "kind": 1}).json()["trial"] == 1
    assert order("note", text="watch this", trial=0).status == 200
    assert order("budget", trials=30).status == 200
    assert order("stop", trial=0).status == 200
    assert order("stop").status == 200
    history = study.history
    assert (dict(history.trial(1).params), history.trial(1).origin) == ({"x": 0.25, "kind": "b"}, "by hand")
    assert history.trial(0).notes == ("watch this",)
    assert (history.changes["budget"]["trials"], history.changes["stopped"]) == (30, True)
    assert asked.should_prune()
    for kind, body in (("queue", {"given": {"x": 2, "kind": 0}}), ("note", {}), ("retry", {"trial": 0}), ("x", {})):
        answer = order(kind, **body)
        assert answer.status == 400, kind
        assert answer.json()["error"]


def test_a_form_asks_what_the_space_asks(kept):
    client, key = Client(kept.path), kept.keys["thirty"]
    fields = {field["name"]: field for field in client.get(f"/api/study/{key}/form?from=4").json()["fields"]}
    assert fields["lr"]["log"]
    assert fields["depth"]["whole"]
    assert fields["rate"]["when"] == ["booster is 'dart'"]
    given = {name: field["value"] for name, field in fields.items()}
    for place, active in ((0, False), (1, True)):
        asked = {"given": json.dumps({**given, "booster": place})}
        answer = client.get(f"/api/study/{key}/outlook", params=asked).json()
        assert ("rate" in answer["active"]) is active
        assert answer["prediction"]["low"] < answer["prediction"]["mean"] < answer["prediction"]["high"]
        assert len(answer["similar"]) == 5


def test_failures_are_grouped_as_the_analysis_groups_them(tmp_path):
    path = tmp_path / "s.db"
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 40)), "loss", storage=str(path), seed=0)
    for x in range(40):
        study.enqueue({"x": x})
        if x > 25:
            study.tell(study.ask(), state="failed", error=f"out of memory: {x} GB")
        elif x % 5 == 0:
            study.tell(study.ask(), state="pruned")
        else:
            study.tell(study.ask(), 1.0)
    found = Client(path).get(f"/api/study/{study.key}/failures").json()
    [group], [stopped] = found["failed"], found["stopped"]
    [cause] = analysis.failures(study.history).causes
    assert (group["cause"], group["times"], group["numbers"]) == (cause.text, 14, list(cause.trials))
    assert group["where"] == ["x above 25.5: 14 of 14 failed so, elsewhere 0 of 26"]
    assert (stopped["cause"], stopped["times"], stopped["share"]) == ("no reason was given", 6, 6 / 40)
    assert (found["finished"], found["seconds_lost"]) == (40, pytest.approx(group["seconds"]))
