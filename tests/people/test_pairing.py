import hashlib

import pytest

from app.errors import Refusal
from app.money.orders import RECEIVE, RETURN
from app.people import pairing

KEY, REFUND_KEY, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
SHOP, OFFICER = 12, 3


@pytest.fixture
def code(people):
    return pairing.start(people, SHOP, RECEIVE | RETURN, OFFICER)[1]


def test_a_till_brings_its_keys_and_an_officer_pairs_it(people, clock):
    opened, code = pairing.start(people, SHOP, RECEIVE | RETURN, OFFICER)
    assert (opened.shop, opened.rights, opened.officer, opened.state, opened.key) == (12, 3, 3, "open", b"")
    assert (opened.fingerprint, opened.expires_at_s) == ("", clock.now_s + 900)
    claimed = pairing.claim(people, code, KEY, REFUND_KEY)
    assert (claimed.state, claimed.key, claimed.refund_key) == ("claimed", KEY, REFUND_KEY)
    assert pairing.waiting(people) == [claimed]
    pairing.paired(people, opened.number, 77)
    pairing.paired(people, opened.number, 77)
    done = pairing.by_code(people, code)
    assert (done.state, done.till) == ("paired", 77) and pairing.waiting(people) == []
    assert pairing.get(people, opened.number) == done == pairing.claim(people, code, KEY, REFUND_KEY)


def test_a_code_is_understood_as_it_is_typed(people, code):
    for typed in (code.lower(), code.replace("-", " "), code.replace("0", "O").replace("1", "l")):
        assert pairing.by_code(people, typed).shop == SHOP


def test_the_fingerprint_is_what_the_till_works_out(people, code):
    number = int(hashlib.sha256(KEY + REFUND_KEY).hexdigest()[:10], 16) % 10**12
    shown = pairing.claim(people, code, KEY, REFUND_KEY).fingerprint
    assert shown.replace("-", "") == f"{number:012}" and [len(part) for part in shown.split("-")] == [4, 4, 4]
    assert shown != pairing.fingerprint(KEY, b"")


@pytest.mark.parametrize("code", ["", "ABCD-EFGH", "한글", "\udcff" * 8])
def test_an_unknown_code_is_unknown(people, code):
    for call in (lambda: pairing.by_code(people, code), lambda: pairing.claim(people, code, KEY, b"")):
        with pytest.raises(Refusal, match="PAIRING_UNKNOWN"):
            call()


def test_a_code_is_claimed_by_one_till_only(people, code):
    first = pairing.claim(people, code, KEY, b"")
    assert pairing.claim(people, code, KEY, b"") == first
    for keys in ((OTHER, b""), (KEY, REFUND_KEY)):
        with pytest.raises(Refusal, match="PAIRING_OVER"):
            pairing.claim(people, code, *keys)


def test_a_code_is_over_after_a_quarter_of_an_hour_unless_claimed(people, code, clock):
    _, claimed = pairing.start(people, SHOP, RECEIVE, OFFICER)
    pairing.claim(people, claimed, KEY, b"")
    clock.now_s += pairing.LIFE_S
    for call in (lambda: pairing.by_code(people, code), lambda: pairing.claim(people, code, KEY, b"")):
        with pytest.raises(Refusal, match="PAIRING_OVER"):
            call()
    assert pairing.by_code(people, claimed).state == "claimed"


def test_a_cancelled_pairing_pairs_nothing(people, code):
    number = pairing.claim(people, code, KEY, b"").number
    pairing.cancel(people, number)
    for call in (
        lambda: pairing.by_code(people, code),
        lambda: pairing.claim(people, code, KEY, b""),
        lambda: pairing.paired(people, number, 5),
    ):
        with pytest.raises(Refusal, match="PAIRING_OVER"):
            call()


def test_an_unclaimed_pairing_is_not_paired_and_a_paired_one_not_cancelled(people, code):
    number = pairing.by_code(people, code).number
    with pytest.raises(Refusal, match="PAIRING_OVER"):
        pairing.paired(people, number, 5)
    pairing.claim(people, code, KEY, b"")
    pairing.paired(people, number, 5)
    for call in (lambda: pairing.paired(people, number, 6), lambda: pairing.cancel(people, number)):
        with pytest.raises(Refusal, match="PAIRING_OVER"):
            call()


def test_the_code_itself_is_not_kept(people, code, tmp_path):
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert code.encode() not in files and code.replace("-", "").encode() not in files
