"""The log as others see it: a monitor written from the public texts follows it, and nothing private is in it."""

import pytest

from app.desk import explore, seal
from tests.cast import Wallet
from tests.explorer.tlog import Broken, Head, Key, Monitor, leaf_hash


@pytest.fixture
def monitor(city, line):
    def fetch(path: str) -> bytes:
        answer = line.get(f"/log/{path}")
        assert answer.status == 200, (path, answer.status)
        return answer.body

    (key,) = explore.verifier_keys(city.office)
    return Monitor(fetch, Key(key))


def grown(city, entries: int) -> None:
    """Lets the log grow beyond so many entries, and signs."""
    while city.office.store.head().size <= entries:
        Wallet(city)
    seal.checkpoint(city.office)


def test_a_monitor_follows_the_log_as_it_grows_over_full_tiles(city, paid, monitor):
    first = monitor.follow()
    grown(city, 300)
    second = monitor.follow()
    assert first.size < 256 < second.size
    grown(city, 530)
    third = monitor.follow()
    assert third.size > 512 and ("1", 0) not in monitor.full
    assert sorted(monitor.full) == [("0", 0), ("0", 1)]
    assert len(monitor.entries(third.size)) == third.size


def test_the_monitor_finds_a_rewritten_history(city, paid, monitor):
    head = monitor.follow()
    monitor.seen = Head(head.origin, head.size - 1, bytes(32))
    with pytest.raises(Broken, match="rewritten"):
        monitor.follow()


def test_a_leaf_shows_neither_amount_nor_message_of_a_payment(city, paid, monitor):
    _, till, settled = paid
    data = monitor.entries(monitor.follow().size)
    assert data[settled.entry][:1] == b"\x02" and len(data[settled.entry]) == 65
    assert data[0] == b"\x00" + line_genesis(city)
    # The till's key is in its register's entry and nowhere else: no payment names it.
    assert len([one for one in data if till.key.public in one]) == 1


def line_genesis(city) -> bytes:
    answer = city.line().get("/log/genesis")
    assert answer.headers["Content-Type"] == "application/cbor"
    return answer.body


@pytest.mark.parametrize("number", [0, 1, 40])
def test_one_entrys_proof_holds_by_itself(city, paid, line, monitor, number):
    answer = line.get(f"/log/proof/{number}")
    leaf = city.office.store.entry(number).leaf
    assert monitor.prove(answer.body.decode(), leaf) == number
    with pytest.raises(Broken):
        monitor.prove(answer.body.decode(), leaf_hash(b"another"))


def test_answers_say_what_they_are_and_how_long_they_hold(city, paid, line):
    grown(city, 300)
    checkpoint = line.get("/log/checkpoint").headers
    assert checkpoint["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint["Cache-Control"] == "public, max-age=1"
    for path in ("tile/0/000", "tile/0/000.p/7", "tile/1/000.p/1", "tile/entries/000", "tile/entries/000.p/3"):
        answer = line.get(f"/log/{path}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/octet-stream")
        assert "immutable" in answer.headers["Cache-Control"]
    proof = line.get("/log/proof/3").headers
    assert proof["Content-Type"] == "text/plain; charset=utf-8"
    assert proof["Content-Disposition"] == 'attachment; filename="entry-3.tlog-proof"'


def test_nothing_is_served_that_no_checkpoint_covers(city, paid, line):
    covered = seal.checkpoint(city.office).size
    Wallet(city)
    size = city.office.store.head().size
    assert size > covered
    full, width = covered // 256, covered % 256
    assert line.get(f"/log/tile/0/{full:03}.p/{width}").status == 200
    assert line.get(f"/log/tile/0/{full:03}.p/{width + 1}").status == 404
    assert line.get(f"/log/tile/entries/{full:03}.p/{width + 1}").status == 404
    assert line.get(f"/log/proof/{covered - 1}").status == 200
    assert line.get(f"/log/proof/{covered}").status == 404


@pytest.mark.parametrize("path", [
    "tile/0/0", "tile/00/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/x999/999", "tile/99/000", "tile/entries",
    "tile/0/" + "x999/" * 2000 + "999", "tile/-1/000", "tile/0/000/", "proof/-1", "proof/99999999999999999999999",
    "proof/01x", "proof/" + "9" * 5000, "tile/0/%00", "tile/0/\u0660\u0660\u0660",
])
def test_what_is_not_in_the_log_is_not_found(line, path):
    assert line.get(f"/log/{path}").status == 404
