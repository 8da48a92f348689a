"""Who may speak to the page: each probe that a hostile page or a careless tool would make."""

from __future__ import annotations

import pytest

from tests.dashboard.client import KEYS, OURS, Client
from tests.dashboard.storages import HOSTILE
from tunesmith.dashboard.guard import HEADERS, LARGEST_REQUEST, POLICY, Keys

pytestmark = pytest.mark.needs("starlette", "plotly")


@pytest.fixture
def client(kept):
    return Client(kept.path)


def test_the_token_moves_from_the_address_into_a_cookie(kept):
    client = Client(kept.path, token=False)
    answer = client.get(f"/study/x/trials?token={KEYS.token}&filter=a+b")
    assert (answer.status, answer.headers["location"]) == (303, "/study/x/trials?filter=a+b")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    client.cookie = cookie.partition(";")[0]
    assert client.get("/api/studies").status == 200


@pytest.mark.parametrize("path", ["/", "/api/studies", "/static/app.js", "/api/live", "/static/plotly.min.js", "/none"])
def test_without_the_token_there_is_nothing(kept, path):
    client = Client(kept.path, token=False)
    assert client.get(path).status == 401
    assert client.get(f"{path}?token=wrong").status == 401
    assert client.get(path, headers={"authorization": "Bearer wrong"}).status == 401
    assert client.get(path, headers={"cookie": f"{KEYS.cookie}=wrong"}).status == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:8787", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_a_name_that_was_bound_anew_to_this_machine_is_refused(client, host, method):
    assert client.request(method, "/api/studies", headers={"host": host}).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8788", "https://127.0.0.1:8787"])
def test_a_foreign_origin_is_refused(kept, origin):
    client = Client(kept.path, may_edit=True)
    key = kept.keys["thirty"]
    assert client.get("/api/studies", headers={"origin": origin}).status == 403
    sent = client.post(f"/api/study/{key}/order/note", {"text": "x"}, {**OURS, "origin": origin})
    assert sent.status == 403


def test_writing_needs_an_origin_and_the_same_site(kept):
    client = Client(kept.path, may_edit=True)
    path = f"/api/study/{kept.keys['thirty']}/order/note"
    assert client.post(path, {"text": "x"}, {"content-type": "application/json"}).status == 403
    assert client.post(path, {"text": "x"}, {**OURS, "sec-fetch-site": "cross-site"}).status == 403
    simple = {**OURS, "content-type": "text/plain"}
    assert client.post(path, {"text": "x"}, simple).status == 415


def test_without_leave_to_edit_orders_are_refused(client, kept):
    answer = client.post(f"/api/study/{kept.keys['thirty']}/order/stop", {})
    assert answer.status == 403
    assert "--allow-edit" in answer.json()["hint"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(client, method):
    answer = client.request(method, "/api/studies", headers=OURS)
    assert answer.status == 405
    assert "access-control-allow-origin" not in answer.headers


def test_bodies_and_addresses_are_bounded(kept):
    client = Client(kept.path, may_edit=True)
    path = f"/api/study/{kept.keys['thirty']}/order/note"
    large = "x" * (LARGEST_REQUEST + 1)
    assert client.post(path, large.encode()).status == 413
    assert client.get(f"/api/studies?x={large}").status == 414
    sent = client.request("POST", path, OURS, [large[:40_000].encode()] * 3)
    assert sent.status == 413  # no length was said: it is broken off where it grows too large


@pytest.mark.parametrize(
    "body", ["[]", "{", '{"text": 1}', '{"other": 1}', "[" * 5000, '{"given": {"lr": "1"}}', "\xff"]
)
def test_what_is_no_order_is_said_to_be_none(kept, body):
    client = Client(kept.path, may_edit=True)
    answer = client.post(f"/api/study/{kept.keys['thirty']}/order/note", body)
    assert answer.status == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "path", ["/", "/api/studies", "/api/study/none", "/static/app.js", "/nowhere", "/api/study/x/order/stop"]
)
def test_every_answer_is_strict(client, path):
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name.decode()] == value.decode()
    refused = client.get(path, headers={"host": "evil.example"})
    assert refused.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY


@pytest.mark.parametrize(
    "name", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "....//app.py", "app.py", "%00", "/etc/passwd", "..\\app.py"]
)
def test_no_other_file_is_served(client, name):
    answer = client.get(f"/static/{name}")
    assert answer.status == 404
    assert "import" not in answer.text


@pytest.mark.parametrize("key", ["../../etc/passwd", "%2e%2e%2f", HOSTILE, "'; DROP TABLE studies; --"])
def test_a_key_is_only_a_key(client, key):
    answer = client.get(f"/api/study/{key}/trials")
    assert answer.status == 404


def test_names_travel_as_json_and_files_as_downloads(client, kept):
    key = kept.keys[HOSTILE]
    answer = client.get(f"/api/study/{key}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["name"] == HOSTILE
    csv = client.get(f"/api/study/{key}/trials.csv")
    assert csv.headers["content-disposition"].startswith('attachment; filename="trials.csv"')
    assert "<" not in csv.headers["content-disposition"]
    assert "\n" in csv.text
    assert all(not cell.startswith("=") for line in csv.text.splitlines() for cell in line.split(","))


def test_a_key_is_not_shown():
    assert KEYS.token not in repr(KEYS)
    assert len(Keys(1).token) >= 32
    assert Keys(1).token != Keys(1).token
