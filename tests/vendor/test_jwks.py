"""The keys of receipts as JWK: another library takes them and checks a receipt by them."""

from base64 import urlsafe_b64decode
from hashlib import sha256

import pytest
from cwt import COSEKey
from cwt.exceptions import CWTError

from app.message import cose
from tests.cast import raw, sale


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def keys(seller) -> list[dict]:
    answer = seller.ask("GET", "/.well-known/jwks.json", None, {})
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    return answer.json["keys"]


def test_a_key_is_named_by_its_thumbprint_and_stands_in_the_chain(seller, keys):
    (key,) = keys
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "Ed25519", "sig")
    print_ = sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{key["x"]}"}}'.encode()).digest()      # RFC 7638 §3
    assert octets(key["kid"]) == print_
    assert octets(key["x"]) == seller.city.office.issuer.key.public
    assert key["valid_from_s"] < seller.city.now_s() < key["valid_until_s"]


def test_another_library_checks_a_receipt_by_it(seller, kim, keys):
    """cwt reads COSE by RFC 9052; it knows Ed25519 under its older number, so only the signature is asked of it."""
    request = seller.till.request(900)
    receipt = raw(seller.line.post("/api/sales", sale(kim.payment(request), request)).json["receipt"])
    parsed = cose.parse(receipt)
    key = COSEKey.from_jwk({name: keys[0][name] for name in ("kty", "crv", "x")} | {"alg": "EdDSA", "key_ops": ["verify"]})
    signed = cose.to_sign(parsed.kind, parsed.payload, seller.city.chain_id)
    key.verify(signed, receipt[-64:])
    with pytest.raises(CWTError):
        key.verify(signed + b"x", receipt[-64:])
    assert parsed.body.amount_won == 900
