"""A crowd of bad signatures is refused at the price of one check each."""

from collections import Counter

import pytest

from app.desk import example, found, join
from app.desk.diagnoses import A_SECOND
from app.errors import Refusal
from app.message import cose
from tests.cast import Wallet


def of_another_purpose(wallet: Wallet) -> bytes:
    """A session that was signed as a join: told from a forgery only by who looks for it."""
    raw = wallet.session()
    payload = cose.parse(raw).payload
    return cose.assemble(payload, wallet.key.sign(cose.to_sign(10, payload, wallet.city.chain_id)))


def words(city, raw: bytes, times: int) -> Counter:
    said = Counter()
    for _ in range(times):
        with pytest.raises(Refusal) as refused:
            join.session(city.office, raw)
        said[refused.value.word] += 1
    return said


def test_in_each_second_only_some_bad_signatures_are_looked_into(city):
    kim = city.wallet()
    bad = of_another_purpose(kim)
    assert words(city, bad, A_SECOND + 30) == {"WRONG_PURPOSE": A_SECOND, "BAD_SIGNATURE": 30}
    assert join.session(city.office, kim.session())
    city.wait(1)
    assert words(city, bad, 5) == {"WRONG_PURPOSE": 5}


def test_who_sends_bad_signatures_to_one_process_spends_nothing_of_another(city):
    bad = of_another_purpose(city.wallet())
    words(city, bad, A_SECOND)
    other = found.open_office(city.folder, city.clock)
    try:
        with pytest.raises(Refusal, match="WRONG_PURPOSE"):
            join.session(other, bad)
    finally:
        example.close(other)
