"""A study in a notebook: what a summary says, and what a real kernel shows while a session lasts."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import tunesmith as ts
from tunesmith.study import notebook

EVIL = "<script>alert(1)</script>\"'&"


def studied(trials: int, direction: str = "minimize") -> ts.Study:
    """A study with names that would be markup."""
    space = ts.SearchSpace({"x": ts.Float(-1, 1), EVIL: ts.Categorical(EVIL, "b")})
    study = ts.Study(space, ts.Metric(EVIL, direction), sampler="random", seed=0, name=EVIL)  # type: ignore[arg-type]

    def objective(trial: ts.Trial) -> float:
        if trial.number % 5 == 4:
            raise ValueError(EVIL)
        return float(trial.params["x"])

    if trials:
        study.optimize(objective, trials=trials, progress=False)
    return study


def read(page: str) -> str:
    """The words of a page, which must be well formed."""
    return "".join(ET.fromstring(page.replace("&nbsp;", " ")).itertext())


@pytest.mark.parametrize("trials", [0, 1, 5, 40])
def test_a_summary_tells_the_gist_and_names_are_inert(trials: int) -> None:
    study = studied(trials)
    page = study._repr_html_()
    assert "<script" not in page
    words = read(page)
    assert EVIL in words
    assert "kept in memory" in words
    if trials:
        assert f"{study.best.value:.4g} in trial {study.best.number}" in words
        assert f"{study.best.params['x']:.4g}" in words
    if trials == 40:
        assert "32 complete" in words
        assert "8 failed" in words


def test_a_study_that_only_failed_says_why() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "m", seed=0)
    study.tell(study.ask(), state="failed", error="no <b>memory</b>")
    assert "no <b>memory</b>" in read(study._repr_html_())


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_line_goes_to_the_better_side(direction: str) -> None:
    page = notebook.summary(studied(40, direction).history)
    heights = [float(found) for found in re.findall(r"[V,](\d+\.\d)", page)]
    assert heights == sorted(heights, reverse=direction == "maximize")
    assert heights[0] != heights[-1]


def test_colours_are_the_notebooks_own() -> None:
    colours = set(re.findall(r"#[0-9a-f]{6}", notebook.summary(studied(40).history)))
    assert colours == {"#d55e00"}  # the star and the line, which stand on white and on black
    assert "background:#" not in notebook.summary(studied(40).history)


def test_a_panel_is_one_output_and_is_not_drawn_without_end() -> None:
    shown: list[str] = []

    class Display:
        def __call__(self, bundle: dict[str, str], **_options: Any) -> Display:
            shown.append("new " + bundle["text/plain"])
            return self

        def update(self, bundle: dict[str, str], **_options: Any) -> None:
            shown.append("again " + bundle["text/plain"])

    panel = notebook.Panel(Display())
    for k in range(100):
        panel.show(lambda k=k: ("", str(k)))  # type: ignore[misc]
    panel.show(lambda: ("", "end"), now=True)
    assert shown[0] == "new 0"
    assert shown[-1] == "again end"
    assert len(shown) < 20


def test_nothing_is_imported_to_find_out() -> None:
    asks = (
        "import sys; from tunesmith.study.notebook import in_notebook; print(in_notebook(), 'IPython' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a running Python kernel."""
    start_new_kernel = importlib.import_module("jupyter_client.manager").start_new_kernel
    folder = tmp_path_factory.mktemp("kernel")
    quiet = {"IPYTHONDIR": str(folder), "JUPYTER_RUNTIME_DIR": str(folder), "JUPYTER_PLATFORM_DIRS": "1"}
    path = os.pathsep.join([str(Path(ts.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    manager, client = start_new_kernel(
        kernel_name="python3", env={**os.environ, **quiet, "PYTHONPATH": path}, cwd=str(folder)
    )
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def outputs(client: Any, code: str) -> list[dict[str, Any]]:
    """What a cell put out, in order: the kind of each message and its content."""
    seen: list[dict[str, Any]] = []

    def hear(message: dict[str, Any]) -> None:
        seen.append({"kind": message["msg_type"], **message["content"]})

    reply = client.execute_interactive(code, timeout=60, output_hook=hear)
    assert reply["content"]["status"] == "ok", seen
    return seen


SESSION = """
import time
import tunesmith as ts
study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), "loss", sampler="random", storage=None, seed=0)
def objective(trial):
    time.sleep(0.1)
    return trial.params["x"]
study.optimize(objective, trials=12)
"""


@pytest.mark.needs("ipykernel")
def test_a_kernel_shows_a_live_panel_and_then_the_study(kernel: Any) -> None:
    seen = outputs(kernel, SESSION)
    drawn = [one for one in seen if one["kind"] in {"display_data", "update_display_data"}]
    assert [one["kind"] for one in drawn].count("display_data") == 1
    assert len({one["transient"]["display_id"] for one in drawn}) == 1
    counts = [int(re.search(r"(\d+)/12 trials", one["data"]["text/plain"])[1]) for one in drawn]  # type: ignore[index]
    assert counts == sorted(counts)
    assert counts[-1] == 12
    assert len(counts) >= 4  # it moved while the session went on
    assert "12 complete" in drawn[-1]["data"]["text/html"]
    assert not [one for one in seen if one["kind"] == "stream"]
    [result] = [one for one in outputs(kernel, "study") if one["kind"] == "execute_result"]
    assert "12 complete" in result["data"]["text/html"]
    assert result["data"]["text/plain"].startswith("<Study")


@pytest.mark.needs("ipykernel")
def test_a_panel_can_be_declined(kernel: Any) -> None:
    code = SESSION.replace("trials=12", "trials=2, progress=False")
    assert not [one for one in outputs(kernel, code) if one["kind"] == "display_data"]
