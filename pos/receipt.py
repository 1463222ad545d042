"""What stands on the shop's paper rolls, row by row, whatever prints them: a customer's receipt, what is left on a card, and a
closing.

A receipt names the shop, the till and the payment: never who paid, never which coin.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import qrcode
from qrcode.util import MODE_ALPHA_NUM, MODE_NUMBER, QRData

from app.message import qr
from app.money import amount
from pos import words
from pos.goods import Goods

WARN_DAYS, SOON_DAYS, MOST_ENDS = 14, 3, 8      # before money ends; dates on a slip
VERIFY = "HTTPS://{host}/R/"    # then the receipt's digits: whoever scans it sees what the city's ledger says of it


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a roll: a text, or one at each side; in letters twice as large; in the middle."""
    left: str = ""
    right: str = ""
    large: bool = False
    middle: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code: a text in letters of a code, and the digits at its end."""
    before: str
    digits: str

    @property
    def text(self) -> str:
        return self.before + self.digits

    def modules(self) -> list[list[bool]]:
        """Dark or not, the quiet zone included. Digits take a third of the room that letters take."""
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=qr.QUIET_ZONE)
        code.add_data(QRData(self.before.encode(), mode=MODE_ALPHA_NUM), optimize=0)
        code.add_data(QRData(self.digits.encode(), mode=MODE_NUMBER), optimize=0)
        code.make(fit=True)
        return code.get_matrix()


Roll = list[Row | Rule | Square]


@dataclass(frozen=True, slots=True)
class Slip:
    """One payment of this till, or one that it gave back."""
    shop_name: str
    till: int
    entry: int
    kind: str           # sale, refund, void
    amount_won: int
    at_s: int
    of: int             # the payment that it gives back; 0 of a sale
    reference: str
    cashier: int        # 0: the owner
    receipt: bytes      # signed by the operator
    host: str
    again: bool = False     # printed once more
    goods: Goods | None = None      # what a sale was of, where the shop lists it


def of_slip(slip: Slip, language: str) -> Roll:
    """A customer's receipt."""
    def say(name: str, *facts: object) -> str:
        return words.say(language, name, *facts)

    rows: Roll = [Row(say("receipt"), large=True, middle=True)]
    rows += [Row(say("copy"), large=True, middle=True)] if slip.again else []
    rows += [Row(slip.shop_name, middle=True), Rule(), Row(say("till"), str(slip.till)), Row(say("at"), moment(slip.at_s)),
             Row(say("number"), str(slip.entry))]
    rows += [Row(say("of number"), str(slip.of))] if slip.of else []
    rows += [Row(say("reference"), slip.reference)] if slip.reference else []
    rows += [Row(say("cashier"), str(slip.cashier))] if slip.cashier else []
    rows += [Rule(), *_sold(slip.goods, language)] if slip.goods else []
    rows += [Rule(), Row(say(f"{slip.kind} amount")), Row("", amount.figures(slip.amount_won, language), large=True),
             Row("", amount.words(slip.amount_won, language)), Rule()]
    verify = Square(VERIFY.format(host=slip.host.upper()), qr.to_digits(slip.receipt))
    return [*rows, verify, Row(say("verify"), middle=True)]


def _sold(goods: Goods, language: str) -> Roll:
    def row(name: str, won: int, sign: str = "") -> Row:
        return Row(name, sign + amount.figures(won, language))

    rows: Roll = [row(f"{name} x {count}", price_won * count) for name, price_won, count in goods.lines]
    rows += [row(words.say(language, "discount"), goods.discount_won, "-")] if goods.discount_won else []
    return rows + ([row(words.say(language, "tip"), goods.tip_won)] if goods.tip_won else [])


def of_balance(found: dict, last: str, at_s: int, language: str) -> Roll:
    """What is left on a card or phone, for its holder alone: how much, how much of it here, what ends on which day.

    found: the answer to POST /api/cards/balance or /api/slips; last: the card's last four digits, empty of a phone.
    """
    def say(name: str, *facts: object) -> str:
        return words.say(language, name, *facts)

    def won(amount_won: int) -> str:
        return amount.figures(amount_won, language)

    ends = found["ends"]
    first_days = ends[0]["left_days"] if ends else WARN_DAYS + 1
    rows: Roll = [Row(say("balance"), large=True, middle=True), Row(say("balance of", last) if last else say("balance phone"), moment(at_s)), Rule(),
                  Row(say("balance all")), Row("", won(found["balance_won"]), large=True),
                  *_limited(found.get("limit"), language), Row(say("balance here"), won(found["spendable_here_won"])), Rule()]
    if first_days <= WARN_DAYS:
        rows.append(Row(say("ends within days" if first_days <= SOON_DAYS else "ends soon"), large=True))
    for end in ends[:MOST_ENDS]:
        left_days = end["left_days"]
        name = "ends today" if not left_days else "ends in" if left_days <= WARN_DAYS else "ends"
        rows.append(Row(say(name, end["day"], left_days), won(end["amount_won"])))
    rows += [Row(say("ends later", won(sum(end["amount_won"] for end in ends[MOST_ENDS:]))))] if ends[MOST_ENDS:] else []
    return [*rows, Rule(), Row(say("balance yours"), middle=True)]


def _limited(limit: dict | None, language: str) -> Roll:
    """What a limit of the card or phone lets through now, where that is less than there is."""
    if limit is None:
        return []
    again_at_s = limit.get("again_at_s")
    again = [Row(words.say(language, "balance again", moment(again_at_s), amount.figures(limit["limit_won"], language)))] if type(again_at_s) is int else []
    return [Row(words.say(language, "balance today")), Row("", amount.figures(limit["left_won"], language), large=True), *again]


def of_close(found: dict, language: str) -> Roll:
    """A closing, from the answer to GET /api/close."""
    def say(name: str, *facts: object) -> str:
        return words.say(language, name, *facts)

    kept, month = found["recorded"], found["month"]
    from_s, until_s = (moment(at_s, found["zone"]) for at_s in (found["from_s"], found["until_s"] - (1 if month else 0)))
    rows: Roll = [Row(say("statement" if month else "close"), large=True, middle=True), Row(found["shop_name"], middle=True),
                  Row(whose(found, language), middle=True), Rule()]
    rows += [Row(say("closing number"), str(kept["number"]))] if kept else []
    rows += [Row(say("from"), from_s), Row(say("until"), until_s),
             Row(say("entries"), f"{found['first']}-{found['last']}"), Rule()]
    rows += [*_sums(found["total"], language), Rule(),
             Row(say("net"), amount.figures(found["total"]["net_won"], language), large=True), Rule()]
    for part in found["cashiers"]:
        rows.append(Row(_who(part["cashier"], language), amount.figures(part["net_won"], language)))
    rows += [Rule()] if found["cashiers"] else []
    for part in found["tills"] if found["till"] is None else []:
        rows.append(Row(say("till is", part["till"]), amount.figures(part["net_won"], language)))
    return rows


def whose(found: dict, language: str) -> str:
    return words.say(language, "whole shop") if found["till"] is None else words.say(language, "till is", found["till"])


def _sums(total: dict, language: str) -> list[Row]:
    """Sales, less refunds, less voids: as one adds up by hand."""
    return [
        Row(words.say(language, f"{name} count", total[name]),
            ("-" if name != "sales" and total[f"{name}_won"] else "") + amount.figures(total[f"{name}_won"], language))
        for name in ("sales", "refunds", "voids")
    ]


def _who(cashier: int, language: str) -> str:
    return words.say(language, "cashier is", cashier) if cashier else words.say(language, "owner")


def moment(at_s: int, zone: str = "") -> str:
    """The day and the time, on the city's clocks where they are known here, else on this machine's."""
    try:
        return datetime.fromtimestamp(at_s, ZoneInfo(zone) if zone else None).strftime("%Y-%m-%d %H:%M")
    except (KeyError, ValueError):      # a machine without a table of zones
        return moment(at_s)
