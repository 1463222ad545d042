"""What a vendor's receiver is told: by a real HTTPS server, checked by the library that receivers use."""

import json
import secrets
import threading
import time
from ipaddress import ip_address

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.desk import courier, names
from app.desk.courier import Reach, is_public
from app.errors import Refusal
from app.people import deliveries, vendors
from app.work import Errands
from tests.cast import until
from tests.vendor.conftest import Vendor, new_shop
from tests.vendor.receiver import Receiver


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def hook(seller, receiver, monkeypatch) -> dict:
    """Its webhook. The port of a receiver on this machine is any: only here it may be asked for."""
    with monkeypatch.context() as patch:
        patch.setattr(vendors.check_url, "__defaults__", ((receiver.port,),))
        answer = seller.ask("POST", "/api/webhooks", {"url": receiver.url})
    assert answer.status_code == 200, answer.json
    return answer.json


def deliver(seller, receiver) -> int:
    """All that is due; how many."""
    count = 0
    while courier.deliver_one(seller.city.office, receiver.reach):
        count += 1
    return count


def said_of(seller, hook) -> list[dict]:
    return seller.ask("GET", f"/api/webhooks/{hook['webhook']}").json["deliveries"]


def test_every_change_is_told_once_and_signed_as_standard_webhooks_has_it(seller, kim, hook, receiver):
    seller.put("a", webhook=hook["webhook"])
    paid = seller.pay(kim, seller.take_up("a"))
    seller.look()
    assert deliver(seller, receiver) == 2
    told = [json.loads(body) for _, body in receiver.heard]
    assert [(one["type"], one["data"]["state"]) for one in told] == [
        ("checkout.updated", "IN_PROGRESS"), ("checkout.updated", "COMPLETED")]
    assert (told[1]["data"]["entry"], told[1]["data"]["receipt"]) == (paid["entry"], paid["receipt"])
    assert [one["state"] for one in said_of(seller, hook)] == ["delivered"] * 2
    assert receiver.heard[0][0][""] == "POST /hooks?shop=1 HTTP/1.1"
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 2


def test_the_library_that_receivers_use_takes_the_signature_and_no_other(seller, hook, receiver, monkeypatch):
    monkeypatch.setattr(seller.city.clock, "now_s", time.time())        # the library goes by this machine's clock
    seller.put("a", webhook=hook["webhook"])
    seller.ask("POST", "/api/checkouts/a/cancel")
    deliver(seller, receiver)
    headers, body = receiver.heard[0]
    assert Webhook(hook["secret"]).verify(body, headers)["data"]["cancel_reason"] == "VENDOR"
    for changed in (body.replace(b"VENDOR", b"TILL  "), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(hook["secret"]).verify(changed, headers)


def test_a_receiver_that_fails_is_asked_again_later_and_later_under_the_same_id(seller, hook, receiver):
    receiver.answers = [500, 503, 204]
    seller.put("a", webhook=hook["webhook"])
    seller.ask("POST", "/api/checkouts/a/cancel")
    for tries, pause_s in ((1, 5), (2, 30)):
        assert deliver(seller, receiver) == 1
        (said,) = said_of(seller, hook)
        assert (said["state"], said["tries"], said["next_at_s"] - seller.city.now_s()) == ("waiting", tries, pause_s)
        assert deliver(seller, receiver) == 0
        seller.city.wait(pause_s)
    assert deliver(seller, receiver) == 1
    assert said_of(seller, hook)[0]["state"] == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1


def test_after_eight_tries_it_is_given_up_and_everybody_can_see_that(seller, hook, receiver):
    receiver.answers = [500]
    seller.put("a", webhook=hook["webhook"])
    seller.ask("POST", "/api/checkouts/a/cancel")
    for pause_s in (*deliveries.PAUSES_S, 0):
        assert deliver(seller, receiver) == 1
        seller.city.wait(pause_s)
    (said,) = said_of(seller, hook)
    assert (said["state"], said["tries"], said["said"], said["next_at_s"]) == ("given-up", 8, "500", None)


def test_who_answers_that_it_is_gone_is_never_called_again(seller, hook, receiver):
    receiver.answers = [410]
    for one in "ab":
        seller.put(one, webhook=hook["webhook"])
        seller.ask("POST", f"/api/checkouts/{one}/cancel")
    assert deliver(seller, receiver) == 2
    assert len(receiver.heard) == 1
    assert [one["said"] for one in said_of(seller, hook)] == ["webhook is off", "410"]
    assert seller.ask("GET", f"/api/webhooks/{hook['webhook']}").json["state"] == "gone"


def test_a_webhook_that_was_taken_back_hears_nothing_more(seller, hook, receiver):
    seller.put("a", webhook=hook["webhook"])
    seller.ask("POST", "/api/checkouts/a/cancel")
    assert seller.ask("DELETE", f"/api/webhooks/{hook['webhook']}").status_code == 200
    deliver(seller, receiver)
    assert receiver.heard == []
    assert seller.ask("GET", "/api/webhooks").json["webhooks"] == []


def test_another_shops_webhook_is_neither_read_nor_used(seller, other, hook):
    assert other.ask("GET", f"/api/webhooks/{hook['webhook']}").status_code == 404
    assert other.ask("DELETE", f"/api/webhooks/{hook['webhook']}").status_code == 404
    assert other.put("a", webhook=hook["webhook"]).status_code == 404


def test_two_couriers_never_take_the_same_delivery(seller, hook, receiver):
    seller.put("a", webhook=hook["webhook"])
    seller.ask("POST", "/api/checkouts/a/cancel")
    people = seller.city.office.people
    first, second = deliveries.claim(people), deliveries.claim(people)
    assert first is not None and second is None
    seller.city.wait(deliveries.LEASE_S)
    assert deliveries.claim(people).number == first.number      # whoever took it died
    deliveries.delivered(people, first)


def test_couriers_at_once_take_each_delivery_once(seller, hook, receiver):
    for number in range(10):
        seller.put(f"n{number}", webhook=hook["webhook"])
        seller.ask("POST", f"/api/checkouts/n{number}/cancel")
    people, start, taken = seller.city.office.people, threading.Barrier(6), []

    def work() -> None:
        start.wait()
        while len(taken) < 10:
            mine = deliveries.claim(people)
            if mine is not None:
                taken.append(mine.number)
                deliveries.delivered(people, mine)

    crowd = [threading.Thread(target=work) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert len(taken) == len(set(taken)) == 10


def test_a_receiver_that_keeps_silent_keeps_nobody_elses_waiting(seller, other, hook, monkeypatch):
    """Twenty messages wait for it, and a courier that dies with one holds it for a minute alone."""
    people = seller.city.office.people
    monkeypatch.setattr(vendors.check_url, "__defaults__", ((443,),))
    second, theirs = (one.ask("POST", "/api/webhooks", {"url": "https://example.com/"}).json for one in (seller, other))
    for number in range(10):
        for which, made in (("a", hook), ("b", second)):
            seller.put(f"{which}{number}", webhook=made["webhook"])
            seller.ask("POST", f"/api/checkouts/{which}{number}/cancel")
    third = vendors.add_webhook(people, 1, "https://example.com/")
    seller.put("c", webhook=third.number)
    seller.ask("POST", "/api/checkouts/c/cancel")
    other.put("d", webhook=theirs["webhook"])
    other.ask("POST", "/api/checkouts/d/cancel")
    claimed = [deliveries.claim(people) for _ in range(4)]
    assert [mine and mine.webhook for mine in claimed] == [hook["webhook"], second["webhook"], theirs["webhook"], None]
    deliveries.failed(people, claimed[0], "too slow")
    assert deliveries.claim(people).webhook in (hook["webhook"], third.number)
    seller.city.wait(deliveries.LEASE_S)
    assert deliveries.claim(people) is not None


def test_the_servers_own_threads_do_all_of_it(seller, kim, hook, receiver):
    errands = Errands(seller.city.office, receiver.reach)
    errands.start()
    try:
        seller.put("a", webhook=hook["webhook"])
        seller.pay(kim, seller.take_up("a"))
        until(lambda: len(receiver.heard) == 2)
    finally:
        errands.stop()
    assert {json.loads(body)["data"]["state"] for _, body in receiver.heard} == {"IN_PROGRESS", "COMPLETED"}


# --- where nobody is called ----------------------------------------------------------------

@pytest.mark.parametrize("url", [
    "http://example.com/", "https://example.com:22/", "https://user@example.com/", "https://example.com/#x", "https://",
    "ftp://example.com/", "https://exa mple.com/", "https://example.com/\r\nHost: x", "https://example.com\\@x/", "/hook",
    "https://[::1", "https://example.com:99999/", "https://예시.한국/", "https://example.com/" + "x" * 400, "",
])
def test_an_address_that_is_never_called_is_refused_at_once(seller, url):
    answer = seller.ask("POST", "/api/webhooks", {"url": url})
    assert (answer.status_code, answer.json["word"]) == (422, "WEBHOOK_ADDRESS")


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255",
    "224.0.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1", "fec0::1", "2002:7f00:1::", "2002:a00:1::",
])
def test_an_address_that_is_not_everybodys_is_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is(address):
    assert is_public(ip_address(address))


def called(receiver: Receiver, url: str = "", reach: Reach | None = None) -> int | str:
    try:
        return courier.call(url or receiver.url, {}, b"{}", reach or receiver.reach)
    except courier.NotTold as error:
        return str(error)


def test_this_machine_is_not_called_but_for_the_pair_that_the_caller_allows(receiver):
    open_ports = Reach((("127.0.0.2", receiver.port),), receiver.reach.trust)
    assert called(receiver) == 204
    assert called(receiver, reach=open_ports) == "not a public address"
    assert called(receiver, f"https://127.0.0.1:{receiver.port}/", open_ports) == "not a public address"
    assert called(receiver, f"https://[::1]:{receiver.port}/", open_ports) == "not a public address"
    assert called(receiver, f"https://2130706433:{receiver.port}/", open_ports) == "not a public address"
    assert called(receiver, "https://localhost/", Reach()) == "not a public address"
    assert len(receiver.heard) == 1


def test_a_name_that_has_one_private_address_among_public_ones_is_not_called(receiver, monkeypatch):
    answers = [(2, 1, 6, "", (one, 443)) for one in ("8.8.8.8", "10.0.0.7")]
    monkeypatch.setattr(names.socket, "getaddrinfo", lambda *_, **__: answers)
    assert called(receiver, "https://rebind.example/") == "not a public address"


@pytest.fixture
def silent(monkeypatch):
    """A name server that keeps silent about every name that ends in .silent.example until the test is over."""
    answers, over, asked = names.socket.getaddrinfo, threading.Event(), []

    def look_up(host, *more, **other):
        if host.endswith(".silent.example"):
            asked.append(host)
            over.wait(30)
            raise OSError
        return answers(host, *more, **other)

    monkeypatch.setattr(names.socket, "getaddrinfo", look_up)
    yield asked
    over.set()
    until(lambda: not names._under_way)


def test_a_name_server_that_keeps_silent_is_left_in_its_time_and_asked_once(receiver, silent, monkeypatch):
    monkeypatch.setattr(courier, "NAME_WITHIN_S", 0.3)
    begun_s = time.monotonic()
    assert [called(receiver, "https://a.silent.example/") for _ in range(3)] == ["name too slow"] * 3
    assert time.monotonic() - begun_s < 3 and silent == ["a.silent.example"]
    assert called(receiver) == 204


def test_no_more_names_are_waited_for_than_there_is_room(receiver, silent, monkeypatch):
    monkeypatch.setattr(courier, "NAME_WITHIN_S", 0.05)
    monkeypatch.setattr(names, "MOST", 3)
    assert {called(receiver, f"https://{number}.silent.example/") for number in range(6)} == {"name too slow"}
    assert len(silent) == 3 and called(receiver) == "name too slow"


def test_a_shop_whose_name_server_keeps_silent_holds_up_no_other_shops_messages(seller, other, hook, receiver, silent, monkeypatch):
    """By the server's own couriers: two shops have silent ones, four names in all, and the third is told at once."""
    monkeypatch.setattr(vendors.check_url, "__defaults__", ((443,),))
    for number in range(2):
        for shop in (other, Vendor(seller.city, seller.city.till(new_shop(seller.city)))):
            stuck = shop.ask("POST", "/api/webhooks", {"url": f"https://{shop.till.number}-{number}.silent.example/"}).json
            shop.put(f"s{number}", webhook=stuck["webhook"])
            shop.ask("POST", f"/api/checkouts/s{number}/cancel")
    errands, begun_s = Errands(seller.city.office, receiver.reach), time.monotonic()
    errands.start()
    try:
        until(lambda: len(silent) == 4)
        seller.put("a", webhook=hook["webhook"])
        seller.ask("POST", "/api/checkouts/a/cancel")
        until(lambda: receiver.heard)
        assert time.monotonic() - begun_s < courier.NAME_WITHIN_S + 3
    finally:
        errands.stop()


def test_a_certificate_that_nobody_vouches_for_ends_the_call(receiver):
    assert called(receiver, reach=Reach(receiver.reach.also)) == "certificate"
    assert receiver.heard == []


def test_a_redirect_is_an_answer_and_nothing_is_called_after_it(receiver):
    receiver.answers = [b"HTTP/1.1 307 x\r\nLocation: https://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"]
    assert called(receiver) == 307


@pytest.mark.parametrize("answer", [b"hello\r\n", b"HTTP/2 200\r\n", b"", b"HTTP/1.1 2000 x\r\n", b"x" * 100_000])
def test_what_is_no_http_counts_as_failed_and_is_not_read_to_its_end(receiver, answer):
    receiver.answers = [answer]
    assert called(receiver) == "no HTTP"


def test_a_receiver_that_drips_is_left_after_the_time_that_it_has(receiver, monkeypatch):
    monkeypatch.setattr(courier, "WITHIN_S", 1.5)
    receiver.answers = ["drip"]
    begun_s = time.monotonic()
    assert called(receiver) == "too slow"
    assert time.monotonic() - begun_s < 3


def test_nobody_home_and_no_such_host(receiver):
    assert called(receiver, "https://nobody.invalid/") == "unknown host"
    receiver.close()
    assert called(receiver) == "no line"


def test_a_shop_has_at_most_ten_webhooks(seller):
    for number in range(10):
        assert seller.ask("POST", "/api/webhooks", {"url": f"https://example.com/{number}"}).status_code == 200
    assert seller.ask("POST", "/api/webhooks", {"url": "https://example.com/11"}).status_code == 429


def test_a_url_is_split_as_it_will_be_asked():
    assert vendors.check_url("https://Example.com:8443/a/b?c=d") == ("example.com", 8443, "/a/b?c=d")
    assert vendors.check_url("https://example.com") == ("example.com", 443, "/")
    with pytest.raises(Refusal):
        vendors.check_url("https://example.com:8080/")


def test_where_a_shops_news_go_is_its_owners_to_say_and_no_till_s(seller):
    """A program with a token speaks by the owner's word; a till that was left to a cashier does not."""
    content = {"url": "https://example.com/news"}
    assert seller.as_till("POST", "/api/webhooks", content).json["word"] == "OWNER_ONLY"
    made = seller.as_owner("POST", "/api/webhooks", content).json
    assert [one["url"] for one in seller.as_till("GET", "/api/webhooks").json["webhooks"]] == [content["url"]]
    assert seller.as_till("DELETE", f"/api/webhooks/{made['webhook']}").json["word"] == "OWNER_ONLY"
    assert seller.as_owner("DELETE", f"/api/webhooks/{made['webhook']}").status_code == 200
    assert seller.as_till("GET", "/api/webhooks").json["webhooks"] == []


def test_with_a_secret_of_ones_own_the_same_again_is_the_same_webhook(seller, other):
    url, secret = "https://example.com/own", courier.shown_secret(secrets.token_bytes(32))
    first, again = (seller.ask("POST", "/api/webhooks", {"url": url, "secret": secret}).json for _ in range(2))
    assert first["webhook"] == again["webhook"] and first["secret"] == again["secret"] == secret
    others = [seller.ask("POST", "/api/webhooks", {"url": url}), seller.ask("POST", "/api/webhooks", {"url": url + "2", "secret": secret}),
              seller.ask("POST", "/api/webhooks", {"url": url, "secret": courier.shown_secret(bytes(32))}), other.ask("POST", "/api/webhooks", {"url": url, "secret": secret})]
    assert len({first["webhook"], *(one.json["webhook"] for one in others)}) == 5
    seller.ask("DELETE", f"/api/webhooks/{first['webhook']}")
    assert seller.ask("POST", "/api/webhooks", {"url": url, "secret": secret}).json["webhook"] != first["webhook"]


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "A" * 43 + "=", "whsec_" + "A" * 42 + "B=", "whsec_" + "-" * 43 + "=", "whsec_" + "가" * 43 + "=", 5, []])
def test_what_is_no_secret_is_refused(seller, secret):
    answer = seller.ask("POST", "/api/webhooks", {"url": "https://example.com/", "secret": secret})
    assert answer.status_code == 400 and answer.json["facts"] == {"field": "secret"} and seller.ask("GET", "/api/webhooks").json["webhooks"] == []
