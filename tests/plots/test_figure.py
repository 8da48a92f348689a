from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import tunesmith as ts
from tests.plots.figures import NAMES, ONE, drawn
from tunesmith import _optional, plots
from tunesmith.errors import UsageError
from tunesmith.plots import Figure, _export

TRACES = {"scatter", "bar", "box", "heatmap", "contour"}
"""What lives under a strict content policy."""


@pytest.mark.parametrize("count", [5, 30, 300])
@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_plain_and_whole(name: str, count: int) -> None:
    figure = drawn(name, count)
    told = json.loads(figure.to_json("dark"))
    assert {trace["type"] for trace in told["data"]} <= TRACES
    assert told == json.loads(json.dumps(figure.to_dict("dark"), allow_nan=False))
    axes = {key[0] + key[5:] for key in told["layout"] if key[1:5] == "axis"}
    assert {trace["xaxis"] for trace in told["data"]} | {trace["yaxis"] for trace in told["data"]} <= axes
    for trace in told["data"]:
        sizes = {len(trace[key]) for key in ("x", "y", "customdata", "text") if isinstance(trace.get(key), list)} - {0}
        assert len(sizes) <= 1 or trace["type"] in {"box", "contour", "heatmap"}, trace["name"]


@pytest.mark.parametrize("name", NAMES)
def test_a_title_is_a_sentence_with_the_figures_of_that_study(name: str) -> None:
    figure = drawn(name)
    assert len(figure.title.split()) >= 5
    assert any(letter.isdigit() for letter in figure.title)
    assert any(letter.isdigit() for letter in figure.subtitle)
    assert (figure.title, figure.subtitle) != (drawn(name, 300).title, drawn(name, 300).subtitle)
    assert repr(figure) == f"<Figure: {figure.title}>"


@pytest.mark.parametrize("name", NAMES)
def test_themes_differ_by_colours_alone(name: str) -> None:
    light, dark = drawn(name).to_dict("light"), drawn(name).to_dict("dark")
    assert light["layout"]["paper_bgcolor"] == "#ffffff"
    assert dark["layout"]["paper_bgcolor"] == "#111417"
    for one, other in zip(light["data"], dark["data"], strict=True):
        assert (one.get("x"), one.get("y")) == (other.get("x"), other.get("y"))


@pytest.mark.parametrize("name", ONE)
def test_names_of_strangers_are_escaped(name: str) -> None:
    evil = "<script>alert(1)</script>"
    space = ts.SearchSpace({evil: ts.Categorical(evil, "<img src=x>"), "x": ts.Float(0, 1), "y": ts.Float(0, 1)})
    study = ts.Study(space, ts.Metric(evil), name=evil, sampler="random", seed=0)
    for number in range(12):
        trial = study.ask()
        trial.report(0.5, step=1)
        trial.report(0.4, step=1, kind="train")
        if number % 3:
            study.tell(trial, trial.params["x"])
        else:
            study.tell(trial, state="failed", error=ValueError(evil))
    figure = ONE[name](study)
    told = figure.to_json()
    assert "<script" not in told
    assert "<img" not in told
    assert "&lt;script&gt;" in told or name in {"cost", "timeline", "trust"}


@pytest.mark.parametrize("name", ONE)
def test_an_empty_study_says_what_to_do(name: str) -> None:
    study = ts.Study(ts.SearchSpace(c=ts.Categorical("a", "b"), x=ts.Float(0, 1)), "loss")
    figure = ONE[name](study)
    assert figure.subtitle
    assert not figure.data


@pytest.mark.needs("matplotlib")
@pytest.mark.parametrize("name", NAMES)
def test_matplotlib_draws_every_figure(name: str, tmp_path: Path) -> None:
    path = drawn(name).write(tmp_path / "f.svg", engine="matplotlib", theme="dark")
    picture = path.read_text(encoding="utf-8")
    first = drawn(name).title.split()[0]
    assert first in picture, "text stays text"
    assert "#111417" in picture


@pytest.mark.needs("matplotlib")
def test_a_png_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    path = drawn("history").write(tmp_path / "f.png", width=480, height=300, scale=2, engine="matplotlib")
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (960, 600)


@pytest.mark.needs("chromium", "kaleido", "plotly")
def test_kaleido_draws_the_same_figure(tmp_path: Path) -> None:
    figure = drawn("history")
    path = figure.write(tmp_path / "f.svg", engine="kaleido")
    picture = path.read_text(encoding="utf-8")
    assert figure.title.split(";")[0] in picture
    assert picture.count('<path class="point') == 31, "every trial, and the star of the best"
    assert 'width="960"' in picture


@pytest.mark.needs("matplotlib")
def test_matplotlib_takes_over_where_no_chrome_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_export, "chrome", lambda: None)
    picture = drawn("history").write(tmp_path / "f.svg").read_text(encoding="utf-8")
    assert "matplotlib" in picture.lower()


@pytest.mark.needs("matplotlib")
def test_matplotlib_takes_over_where_chrome_falls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: Any) -> bytes:
        raise RuntimeError("the browser is gone")

    monkeypatch.setattr(_export, "can_kaleido", lambda: True)
    monkeypatch.setattr(_export, "_by_kaleido", fall)
    with pytest.warns(ts.TunesmithWarning, match="the browser is gone"):
        assert drawn("history").write(tmp_path / "f.png").stat().st_size > 1000


@pytest.mark.needs("plotly")
def test_plotly_accepts_every_figure(tmp_path: Path) -> None:
    for name in NAMES:
        assert len(drawn(name).to_plotly().data) == len(drawn(name).data)
    page = drawn("history").write(tmp_path / "f.html").read_text(encoding="utf-8")
    assert "Plotly.newPlot" in page
    assert "src=" not in page.partition("<script>")[0], "it opens without a network"


def test_json_is_what_a_page_needs(tmp_path: Path) -> None:
    path = drawn("history").write(tmp_path / "f.json")
    assert json.loads(path.read_text(encoding="utf-8")) == drawn("history").to_dict()


def test_without_plotly_a_notebook_shows_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_optional, "installed", lambda _: False)
    bundle = drawn("history")._repr_mimebundle_()
    assert drawn("history").title in bundle["text/plain"]
    assert bundle["application/vnd.plotly.v1+json"]["data"]


def test_mistakes_are_told(tmp_path: Path) -> None:
    figure = drawn("history")
    with pytest.raises(UsageError, match="does not say what to write"):
        figure.write(tmp_path / "figure")
    with pytest.raises(UsageError, match="no engine 'gnuplot'"):
        figure.write(tmp_path / "f.png", engine="gnuplot")
    with pytest.raises(UsageError, match="cannot be made"):
        figure.write(tmp_path / "f.png", width=0)
    with pytest.raises(UsageError, match="A plot needs a study, got int"):
        plots.history(3)


def test_nothing_in_a_figure_is_infinite() -> None:
    figure = Figure(({"type": "scatter", "x": [1.0, math.nan], "y": [math.inf, 2.0]},), {})
    assert json.loads(figure.to_json())["data"][0] == {"type": "scatter", "x": [1.0, None], "y": [None, 2.0]}
