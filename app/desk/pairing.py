"""The counter where a tablet becomes a till: it claims a code with two keys and proves that it has both;
an officer compares the digits and signs (desk.act.pair).
"""

from nacl import bindings, exceptions

from app.desk.office import Office
from app.errors import Refusal
from app.message.keys import check_public
from app.money.state import Register
from app.people import pairing

SIGNATURE_BYTES = 64
PROOF_LABEL = b"hagc/pairing/1\0"


def to_prove(office: Office, code: str, key: bytes, refund_key: bytes) -> bytes:
    """What both keys sign: label ‖ chain id (32) ‖ code (ASCII) ‖ key (32) ‖ refund key (32)."""
    return PROOF_LABEL + office.chain_id + code.encode("utf-8") + key + refund_key


def claim(office: Office, code: str, keys: tuple[bytes, bytes], proofs: tuple[bytes, bytes]) -> dict:
    """BAD_FIELD, SMALL_ORDER_KEY, BAD_SIGNATURE, PAIRING_UNKNOWN, PAIRING_OVER."""
    for key, proof in zip(keys, proofs, strict=True):
        check_public(key)
        check_proof(proof, to_prove(office, code, *keys), key)
    pairing.claim(office.people, code, *keys)
    return state(office, code)


def check_proof(proof: bytes, data: bytes, key: bytes) -> None:
    """BAD_SIGNATURE unless `proof` (64) is `key`'s signature over `data`."""
    if len(proof) != SIGNATURE_BYTES:       # else part of a signed text could pass for the signature
        raise Refusal("BAD_SIGNATURE")
    try:
        bindings.crypto_sign_open(proof + data, key)
    except (exceptions.BadSignatureError, exceptions.ValueError):
        raise Refusal("BAD_SIGNATURE") from None


def state(office: Office, code: str) -> dict:
    """What has become of a code, for the tablet that waits."""
    found = pairing.by_code(office.people, code)
    answer = {"state": found.state, "check": found.fingerprint}
    if found.state != pairing.PAIRED:
        return answer
    shop = office.store.get(Register.SHOP, found.shop)
    return answer | {"till": found.till, "shop": found.shop, "shop_name": shop.name.decode(), "rights": found.rights}
