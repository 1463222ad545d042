"""A request as an EMV merchant-presented text: two readers that others wrote find in it what we put in."""

import secrets

import cemacqr
import pytest
import qriskit.crc
import qriskit.tlv
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refusal
from app.message.emv import GUID, LONGEST, Merchant, crc, from_emv, to_emv
from tests.cast import RESTAURANT

NOODLES = Merchant("맛나식당", 12, "Cheongju")


def test_the_text_of_a_checkout_is_the_tills_request(seller):
    seller.put("a")
    assert seller.ask("GET", "/api/checkouts/a?format=emv").json["word"] == "NOT_FOUND"
    request = seller.take_up("a")
    answer = seller.ask("GET", "/api/checkouts/a?format=emv")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert from_emv(answer.get_data(as_text=True)) == request
    assert seller.ask("GET", "/api/checkouts/a?format=png").json["word"] == "FIELD_WRONG"


def test_cemacqr_reads_it_and_finds_no_fault():
    raw = secrets.token_bytes(116)
    found = cemacqr.parse_payload(to_emv(raw, NOODLES, 12_500, "A-7"))
    assert found.crc_ok and found.currency == "410" and found.amount == "12500" and found.country_code == "KR"
    assert (found.merchant_name, found.merchant_city) == ("SHOP 12", "CHEONGJU")
    report = cemacqr.validate(found, profile=cemacqr.EMVCO)
    assert report.ok, report


def test_qriskit_reads_the_same():
    text = to_emv(secrets.token_bytes(116), NOODLES, 12_500, "A-7")
    nodes = {node.tag: node for node in qriskit.tlv.decode(text)}
    assert (nodes["53"].value, nodes["54"].value, nodes["58"].value, nodes["62"].value) == ("410", "12500", "KR", "0503A-7")
    assert nodes["26"].value.startswith(f"00{len(GUID)}{GUID}01")
    assert qriskit.crc.crc16(text[:-4]) == text[-4:]


@given(raw=st.binary(min_size=1, max_size=122), won=st.integers(1, 10**13 - 1), name=st.text(min_size=1, max_size=60),
       reference=st.text("0123456789ABC-", max_size=19))
def test_whatever_is_asked_comes_back_and_is_never_longer_than_the_standard_allows(raw, won, name, reference):
    text = to_emv(raw, Merchant(name, RESTAURANT, "Cheongju"), won, reference)
    assert from_emv(text) == raw
    assert len(text.encode("utf-8", "surrogatepass")) <= LONGEST


@given(st.text(max_size=200))
def test_any_other_text_is_unreadable(text):
    with pytest.raises(Refusal, match="UNREADABLE"):
        from_emv(text)
    with pytest.raises(Refusal, match="UNREADABLE"):
        from_emv(f"{text}{crc(text.encode('utf-8', 'replace')):04X}")


def test_the_checksum_is_the_standards():
    """EMVCo's own example, §A."""
    example = ("00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT"
               "6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME"
               "91320016A0112233449988770708123456786304A13A")
    assert f"{crc(example[:-4].encode()):04X}" == "A13A"
    with pytest.raises(Refusal):
        from_emv(example)
