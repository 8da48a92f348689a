"""The application: addresses, and which view answers at which; everything else is files of this package."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from tunesmith import _optional
from tunesmith.dashboard.feed import Feeds
from tunesmith.dashboard.guard import App, Guard, Keys
from tunesmith.dashboard.steering import Steering, answers_of, order_of
from tunesmith.dashboard.views import Views
from tunesmith.dashboard.watch import Watch
from tunesmith.errors import StudyNotFound, TunesmithError, UsageError
from tunesmith.storages import Storage

STATIC = Path(__file__).parent / "static"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""What a file of the page is; nothing else is served."""

PAGES = ("overview", "trials", "trial", "parameters", "curves", "failures", "workers", "front", "tune")

_NOT_EDITABLE = {
    "message": "This page is for reading.",
    "hint": "Start it with: tunesmith dashboard --allow-edit",
}
_PLOTLY = "plotly.min.js"
_MOST_COMPARED = 8


def build(storage: Storage, keys: Keys, *, may_edit: bool = False, ending: Callable[[], bool] = lambda: False) -> App:
    """The whole application, guarded, as ASGI.

    Parameters
    ----------
    storage
        What it shows.
    keys
        Token and port.
    may_edit
        Whether pages may write.
    ending
        Whether the server is about to end; open streams end then.

    Raises
    ------
    MissingDependency
        If Starlette or Plotly is not installed.
    """
    applications = _optional.require("starlette.applications", extra="dashboard")
    route = _optional.require("starlette.routing", extra="dashboard").Route
    plotly = _optional.folder("plotly", extra="dashboard") / "package_data" / _PLOTLY
    views = Views(Feeds(storage), may_edit=may_edit)
    steering = Steering(storage) if may_edit else None
    watch = Watch(views, ending)
    gets: list[tuple[str, Any]] = [
        ("/api/studies", lambda _request: views.studies()),
        ("/api/study/{key}", lambda request: views.study(_key(request))),
        ("/api/study/{key}/trials", lambda request: views.trials(_key(request))),
        ("/api/study/{key}/trial/{number:int}", lambda request: views.trial(_key(request), _number(request))),
        ("/api/study/{key}/failures", lambda request: views.failures(_key(request))),
        ("/api/study/{key}/workers", lambda request: views.workers(_key(request))),
        ("/api/study/{key}/form", lambda request: views.form(_key(request), _from(request))),
        ("/api/study/{key}/outlook", lambda request: views.outlook(_key(request), answers_of(request.query_params))),
        ("/api/study/{key}/lessons", lambda request: views.lessons(_key(request))),
        (
            "/api/study/{key}/figures/{page}",
            lambda request: views.figures(_key(request), _page(request), _asked(request)),
        ),
        ("/api/figures/compare", lambda request: views.comparison(_keys(request), _asked(request))),
    ]
    routes = [route(path, _answering(view), methods=["GET"]) for path, view in gets]
    routes += [
        route("/api/live", functools.partial(_live, watch), methods=["GET"]),
        route("/api/study/{key}/trials.csv", functools.partial(_csv, views), methods=["GET"]),
        route("/api/study/{key}/order/{kind}", functools.partial(_order, steering), methods=["POST"]),
        route(f"/static/{_PLOTLY}", functools.partial(_file, plotly), methods=["GET"]),
        route("/static/{name}", _static, methods=["GET"]),
        route("/", functools.partial(_file, STATIC / "index.html"), methods=["GET"]),
        *(
            route(f"/study/{{key}}/{page}{more}", functools.partial(_file, STATIC / "index.html"), methods=["GET"])
            for page in PAGES
            for more in ([""] if page != "trial" else ["/{number:int}"])
        ),
        route("/study/{key}", functools.partial(_file, STATIC / "index.html"), methods=["GET"]),
        route("/compare", functools.partial(_file, STATIC / "index.html"), methods=["GET"]),
    ]
    return Guard(applications.Starlette(routes=routes), keys)


def _key(request: Any) -> str:
    return str(request.path_params["key"])


def _number(request: Any) -> int:
    return int(request.path_params["number"])


def _from(request: Any) -> int | None:
    text = request.query_params.get("from", "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


def _page(request: Any) -> str:
    return str(request.path_params["page"])


def _asked(request: Any) -> dict[str, str]:
    return dict(request.query_params)


def _keys(request: Any) -> list[str]:
    keys = request.query_params.get("studies", "").split(",")
    return list(dict.fromkeys(key for key in keys if key))[:_MOST_COMPARED]


def _answering(view: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An endpoint, run in a thread of its own, that says errors in JSON."""

    def endpoint(request: Any) -> Any:
        try:
            return _json(view(request))
        except TunesmithError as error:
            return _refused(error)

    return endpoint


def _json(content: Any, status: int = 200) -> Any:
    response = _optional.require("starlette.responses", extra="dashboard").Response
    return response(msgspec.json.encode(content), status, media_type="application/json")


def _refused(error: TunesmithError) -> Any:
    """An error as JSON: 404 where a study is not there, 400 for what was asked wrongly, 500 for a broken storage."""
    status = 404 if isinstance(error, StudyNotFound) else 400 if isinstance(error, UsageError) else 500
    return _json({"error": error.message, "hint": error.hint}, status)


async def _live(watch: Watch, request: Any) -> Any:
    streaming = _optional.require("starlette.responses", extra="dashboard").StreamingResponse
    key = request.query_params.get("study") or None
    said = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    seq = int(said) if re.fullmatch(r"\d{1,15}", said) else 0
    return streaming(watch.stream(key, seq), media_type="text/event-stream")


def _csv(views: Views, request: Any) -> Any:
    response = _optional.require("starlette.responses", extra="dashboard").Response
    try:
        name, text = views.csv(_key(request))
    except TunesmithError as error:
        return _refused(error)
    head = {"content-disposition": f"attachment; filename=\"trials.csv\"; filename*=UTF-8''{quote(_plain(name))}.csv"}
    return response(text, media_type="text/csv", headers=head)


def _plain(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-")[:80] or "trials"


async def _order(steering: Steering | None, request: Any) -> Any:
    run = _optional.require("starlette.concurrency", extra="dashboard").run_in_threadpool
    if steering is None:
        return _json({"error": _NOT_EDITABLE["message"], "hint": _NOT_EDITABLE["hint"]}, 403)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return _json({"error": "An order is JSON.", "hint": "Send it as application/json."}, 415)
    try:
        order = order_of(await request.body())
        return _json(await run(steering.carry_out, _key(request), request.path_params["kind"], order))
    except TunesmithError as error:
        return _refused(error)


def _file(path: Path, request: Any) -> Any:
    """One file of the page; the browser asks each time whether it changed."""
    del request
    responses = _optional.require("starlette.responses", extra="dashboard")
    head = {"cache-control": "no-cache"}
    return responses.FileResponse(path, media_type=KINDS[path.suffix], headers=head)


def _static(request: Any) -> Any:
    """A file beside this one, by a name that can be nothing else."""
    name = request.path_params["name"]
    path = STATIC / name
    if re.fullmatch(r"[a-z_]+\.(js|css|svg)", name) and path.is_file():
        return _file(path, request)
    return _json({"error": "There is no such file.", "hint": ""}, 404)
