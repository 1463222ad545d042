"""What a till or wallet is told when it comes back: its own, the newest, and nothing of the rest is read for it."""

from app.desk import lookup, news, pay
from app.store.base import ACCOUNT, TILL


def sell(city, till, wallet, count: int) -> list[int]:
    """Sales of a won; their entries."""
    entries = []
    for _ in range(count):
        request = till.request(1)
        entries.append(pay.settle(city.office, wallet.payment(request), request).entry)
    return entries


def test_of_too_much_that_was_missed_the_newest_is_told(city, monkeypatch):
    monkeypatch.setattr(news, "MOST_MISSED", 3)
    kim, till = city.wallet(help_won=1_000), city.till()
    entries = sell(city, till, kim, 5)
    watcher = news.Watcher(city.office)
    assert [entry for entry, _ in watcher.replay([f"till/{till.number}"], entries[0] - 1)] == entries[2:]
    assert [entry for entry, _ in watcher.replay(lookup.topics(city.office, kim.aliases[0]), 0)] == entries[2:]
    assert watcher.replay([f"till/{till.number}"], entries[-1]) == []


def test_who_comes_back_costs_no_look_at_what_others_did(city):
    kim, till, other = city.wallet(help_won=1_000), city.till(), city.till()
    before = city.office.store.head().size - 1
    sell(city, other, kim, 30)
    watcher, read = news.Watcher(city.office), []
    city.office.store.connection.set_progress_handler(lambda: read.append(1), 20)
    assert watcher.replay([f"till/{till.number}"], before) == []
    city.office.store.connection.set_progress_handler(None, 0)
    assert len(read) < 10


def test_what_an_owner_is_told_is_what_the_look_at_all_finds(city):
    kim, lee, till = city.wallet(help_won=1_000, give_won=50), city.wallet(help_won=700), city.till()
    entries = sell(city, till, kim, 2) + sell(city, till, lee, 1)
    pay.give_back(city.office, till.refund(entries[0], 1))
    store = city.office.store
    everything = store.news(0, 10_000)
    for wallet in (kim, lee):
        number = int(lookup.topics(city.office, wallet.aliases[0])[0].partition("/")[2])
        assert [one.entry for one in store.news_of((ACCOUNT, number), 0, 100)] == [
            one.entry for one in everything if number in one.accounts]
    assert [one.entry for one in store.news_of((TILL, till.number), 0, 100)] == [
        one.entry for one in everything if one.till == till.number]


def test_the_watcher_says_how_far_it_has_looked(city):
    kim, till = city.wallet(help_won=1_000), city.till()
    watcher = news.Watcher(city.office)
    assert watcher.place() == city.office.store.head().size - 1
    (entry,) = sell(city, till, kim, 1)
    assert watcher.place() < entry
    watcher.poll()
    assert watcher.place() == city.office.store.head().size - 1 > entry
