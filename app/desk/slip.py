"""What a slip in the holder's hand says at a till: how much is left, how much of it here and now, what a limit still lets through today,
and what ends on which day. The till prints it and shows it on no screen; it never hears whose it is.
"""

from app.desk import ending, lookup
from app.desk.join import key_record
from app.desk.office import Office
from app.desk.opening import open_signed
from app.money.orders_reading import Look
from app.money.signers import in_time
from app.money.state import Register


def of_phone(office: Office, till: int, raw: bytes) -> dict:
    """By the look that a wallet showed this till (raw). EXPIRED, TOO_FAR_AHEAD, REVOKED_KEY and what opening refuses."""
    signed = open_signed(office, raw, (Look,))
    in_time(office.now_s(), office.rules, signed.body)
    key_record(office, signed.key)
    return left(office, signed.key, till)


def left(office: Office, key: bytes, till: int) -> dict:
    """What a card or phone of this key (32) may spend, in the shop at which this till stands."""
    account, shop = office.store.get(Register.KEY, key).account, office.store.get(Register.TILL, till).shop
    held = office.store.holdings(office.store.get(Register.ACCOUNT, account).number, office.now_s())
    seen = lookup.preview(office, account, shop, 1, key)
    ends = ending.by_day(office, [(lot.expires_at_s, lot.amount_won) for lot in held])
    return {
        "balance_won": seen["balance_won"], "spendable_here_won": seen["spendable_here_won"],
        "limit": lookup.limit_of(office, key, seen["balance_won"]),
        "ends": [{"day": end.day.isoformat(), "left_days": end.left_days, "amount_won": end.amount_won} for end in ends],
    }
