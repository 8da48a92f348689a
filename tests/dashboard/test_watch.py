"""The server as a process: it takes a port, streams what is new, and ends on a Ctrl-C though pages are open."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys

import pytest

import tunesmith as ts
from tunesmith.dashboard.serving import listen
from tunesmith.dashboard.watch import frame
from tunesmith.errors import UsageError

pytestmark = pytest.mark.needs("starlette", "uvicorn", "plotly")


def test_an_open_page_hears_news_and_a_ctrl_c_ends_the_server(tmp_path):
    path = tmp_path / "s.db"
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1, storage=str(path), name="one")
    command = [sys.executable, "-m", "tunesmith", "dashboard", str(path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().strip()
        host, _, token = address.removeprefix("http://").partition("/?token=")
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", f"/api/live?study={study.key}&after=1", headers={"authorization": f"Bearer {token}"})
        stream = connection.getresponse()
        assert (stream.status, stream.getheader("content-type")) == (200, "text/event-stream; charset=utf-8")
        study.add({"x": 0.5}, 0.25)
        line = next(text for text in iter(stream.readline, b"") if text.startswith(b"data: "))
        news = json.loads(line.removeprefix(b"data: "))
        assert [row[:3] for row in news["rows"]] == [[0, "complete", 0.25]]
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=10)
        assert (server.returncode, out) == (0, "")
        stream.close()
        connection.close()
        assert "Traceback" not in err
        assert token not in err
    finally:
        server.kill()
        server.wait()


def test_a_taken_port_is_said_and_the_next_free_one_is_found():
    with listen(None) as first, listen(None) as second:
        assert first.getsockname()[1] != second.getsockname()[1]
        assert {each.getsockname()[0] for each in (first, second)} == {"127.0.0.1"}
        with pytest.raises(UsageError, match="is taken"):
            listen(first.getsockname()[1])
    with pytest.raises(UsageError, match="no port"):
        listen(99_999)


def test_a_storage_that_is_none_is_said_in_the_terminal(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database, whatever its name says" * 100)
    for name in ("none.db", "bad.db"):
        command = [sys.executable, "-m", "tunesmith", "dashboard", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode in {1, 2}
        assert done.stderr.startswith("Error: ")
        assert "Traceback" not in done.stderr


def test_a_frame_is_one_line_of_data():
    assert frame("news", {"a": "x\n\ndata: y"}).count(b"\n") == 3
