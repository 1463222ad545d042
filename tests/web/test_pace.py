"""How often one address may ask: enough for a town office, not enough to fill the ledger."""

import pytest

from app.desk import found
from app.desk.news import Watcher
from app.errors import Refusal
from app.people import pairing
from app.web import pace, start
from app.web.events import Hub
from tests.cast import City, text


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    city = City(tmp_path_factory.mktemp("city") / "data")
    yield city
    city.close()


def client(city: City, behind_proxy: bool = False):
    watcher = Watcher(city.office)
    hub, secret = Hub(watcher.poll, watcher.replay), found.cookie_secret(city.folder)
    return start.application(city.office, hub, secret, behind_proxy=behind_proxy).test_client()


def ask(line, path: str = "/api/accounts", address: str = "203.0.113.7", said: str = ""):
    headers = {"X-Forwarded-For": said} if said else {}
    return line.post(path, json={"message": text(b"?")}, headers=headers, environ_base={"REMOTE_ADDR": address})


def test_looking_for_a_pairing_code_by_trying_is_hopeless(city):
    line, most = client(city), pace.A_MINUTE["GET /api/tills/pair/<code>"].amount
    here = {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
    words = [line.get(f"/api/tills/pair/AAAA-{at:04}", **here).json["word"] for at in range(most + 1)]
    assert words == ["PAIRING_UNKNOWN"] * most + ["TOO_MANY"]
    tries = (most + pace.A_MINUTE["/api/tills/pair"].amount) * start.MOST_PROCESSES
    codes, open_at_once, minutes_of_a_year = len(pairing.LETTERS) ** pairing.CODE_LETTERS, 20, 365 * 24 * 60
    assert codes / open_at_once / tries / minutes_of_a_year > 90


@pytest.mark.parametrize("path", [rule for rule in pace.A_MINUTE if rule.startswith("/api/")])
def test_who_asks_too_often_is_told_when_it_may_come_again_and_nobody_else(city, path):
    line, most = client(city), pace.A_MINUTE[path].amount
    assert {ask(line, path).status_code for _ in range(most)} <= {400, 401}
    told = ask(line, path)
    assert told.status_code == 429 and told.json["word"] == "TOO_MANY"
    assert 1 <= told.json["facts"]["wait_s"] <= 60 and told.headers["Retry-After"] == str(told.json["facts"]["wait_s"])
    assert ask(line, path, "203.0.113.8").status_code != 429
    assert line.get("/api/city", environ_base={"REMOTE_ADDR": "203.0.113.7"}).status_code == 200


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/enrol/ABCD"])
def test_the_consoles_door_says_so_on_a_page(city, path):
    line = client(city)
    said = [line.post(path, data={"login": f"nobody{at}"}) for at in range(31)]
    assert said[-1].status_code == 429 and said[-1].headers["Retry-After"] and said[-2].status_code != 429
    assert said[-1].mimetype == "text/html" and "너무 여러 번" in said[-1].get_data(as_text=True)


def test_only_behind_a_proxy_of_ours_its_word_is_taken_for_who_asks(city):
    alone, proxied = client(city), client(city, behind_proxy=True)
    for at in range(60):
        ask(alone, said=f"198.51.100.{at}")
        ask(proxied, said=f"198.51.100.{at}")
    assert ask(alone, said="198.51.100.200").status_code == 429
    assert ask(proxied, said="198.51.100.200").status_code != 429
    for at in range(61):        # what the client itself wrote stands before what the proxy saw
        last = ask(proxied, said=f"{at}.0.0.1, 198.51.100.201")
    assert last.status_code == 429


@pytest.mark.parametrize("one, other, same", [
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ("::ffff:203.0.113.7", "203.0.113.7", True), ("", "", True), ("x" * 70, "x" * 80, True),
])
def test_a_household_is_one_line(one, other, same):
    assert (pace.line_of(one) == pace.line_of(other)) is same


def test_what_is_remembered_has_an_end(monkeypatch):
    monkeypatch.setattr(pace, "ADDRESSES", 10)
    kept = pace.Pace()
    for at in range(1_000):
        kept.take("/api/accounts", f"203.0.{at // 250}.{at % 250}")
    assert len(kept._storage.events) <= 11
    with pytest.raises(Refusal, match="TOO_MANY"):
        for _ in range(70):
            kept.take("/api/accounts", "203.0.113.7")
