"""What the till says, in Korean and English. A refusal by the operator comes with its own sentence; here stand
those that the till finds by itself, and those that no operator can say because the line is down."""

import os
import re
import time

from app.errors import WORDS
from app.money.amount import figures

FIRST, LANGUAGES = "ko", ("ko", "en")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")      # is left out when a fact in it isn't known
_FACT = re.compile(r"\{(\w+)\}")

_SAID = {
    "waiting": ("결제를 기다립니다. 손님이 QR을 찍으면 됩니다.", "Waiting. The customer scans this code."),
    "picture": ("그림 파일: {0}", "Picture: {0}"),
    "scan": ("손님의 코드를 스캔하세요: {0}", "Scan the customer's code: {0}"),
    "card pin": ("끝 번호 {0}인 카드의 비밀번호 (손님이 누릅니다)", "PIN of the card ending in {0} (the customer types it)"),
    "card no line": (
        "종이 카드는 인터넷이 있어야 합니다. 청구한 것도 나간 돈도 없습니다. 연결되면 다시 하거나, 현금이나 다른 카드로 받으세요.",
        "A paper card needs the network. Nothing was asked for and nothing paid. Try again when the line is back, or take cash or another card.",
    ),
    "paid": ("{0} 결제가 완료되었습니다", "{0} paid"),
    "returned": ("{0} 환불이 완료되었습니다", "{0} refunded"),
    "refused": ("결제되지 않았습니다", "Not paid"),
    "open": ("확인 중", "not known yet"),
    "taken": ("{0} 받았습니다 · 인터넷이 되면 정산됩니다", "{0} taken · settled when the line is back"),
    "offline left": ("인터넷 없이 {0} 더 받을 수 있습니다.", "{0} more can be taken without a connection."),
    "offline waiting": ("인터넷 없이 받은 {0}건 {1}이 정산을 기다립니다.", "{0} taken without a connection, {1}, wait to be settled."),
    "offline none": ("정산을 기다리는 결제가 없습니다.", "Nothing waits to be settled."),
    "settled before": ("{0}: 이미 정산되었습니다.", "{0}: settled before."),
    "not claimed": ("{0}: 정산되지 않습니다. {1} [{2}]", "{0}: not settled. {1} [{2}]"),
    "still open": (
        "결제 여부를 아직 모릅니다. 다시 받지 말고, 잠시 뒤 `python -m pos sales`로 확인하세요.",
        "Not known yet whether it was paid. Don't take it again: look with `python -m pos sales` in a moment.",
    ),
    "over": ("시간이 지났습니다. 결제가 확인되지 않았습니다.", "Time is over; no payment was confirmed."),
    "no room": (
        "이 컴퓨터의 디스크에 빈 자리가 없습니다. 안 쓰는 파일을 지워 자리를 만들어 주세요.",
        "There is no room left on this PC's disk. Delete files that nobody needs.",
    ),
    "not written": ("이 컴퓨터의 디스크에 적지 못했습니다. ({0})", "This PC's disk can't be written. ({0})"),
    "busy": (
        "이 단말기의 다른 창이 기록을 쓰고 있어서 적지 못했습니다. 그 창을 닫거나 잠시 뒤에 다시 해 주세요.",
        "Another window of this till is writing its record. Close it, or try again in a moment.",
    ),
    "look again": (
        "그때까지 아무것도 받지 않습니다. 방금 것이 결제되었는지는 아직 모릅니다. 다시 받지 말고, 고친 뒤 `python -m pos sales`로 확인하세요.",
        "Until then nothing is taken. Not known yet whether the last one was paid: don't take it again, and look with `python -m pos sales` afterwards.",
    ),
    "line down": ("서버와 연결되지 않습니다.", "The line to the server is down."),
    "trying": (
        "서버와 연결되지 않습니다. 손님이 낸 뒤 ‘가게에 보여 줄 영수증’을 스캐너로 읽으면 받을 수 있습니다. 계속 시도합니다.",
        "The line to the server is down. A customer who paid can show the “Receipt for the shop” to the scanner. Trying on.",
    ),
    "forged": (
        "시의 영수증이 아닙니다. 이 단말기가 아는 시의 서명이 없습니다. 받은 것으로 보지 마세요.",
        "Not a receipt of the city: no signature of the city that this till knows. Don't take it as paid.",
    ),
    "earlier": (
        "앞서 청구한 {0}의 영수증이라 그 결제로 적었습니다. 지금 금액은 아직 받지 못했습니다.",
        "A receipt for {0} asked for earlier; written down for that. The amount asked for now is not paid yet.",
    ),
    "card not taken": (
        "카드로 받지 않았습니다. 손님이 휴대전화로 내거나, 카드를 다시 스캔하거나, scan 명령을 쓰세요.",
        "The card was not taken. The customer may pay by phone, the card may be scanned again, or use the command scan.",
    ),
    "discount": ("할인", "Discount"),
    "tip": ("봉사료", "Tip"),
    "no file here": ("프린터가 아닙니다.", "That is no printer."),
    "first title": ("이 컴퓨터를 단말기로 연결", "Make this PC a till"),
    "first lead": (
        "시청 담당자 화면의 QR을 스캐너로 읽거나, 화면에 적힌 주소와 연결 번호를 넣어 주세요.",
        "Scan the QR on the officer's screen with a scanner, or type the address and the code that stand there.",
    ),
    "first server": ("시의 주소 (여기에 QR을 스캔해도 됩니다)", "The city's address (or scan the QR here)"),
    "first server hint": ("예: https://pay.example.kr · 스캐너가 이상한 글자를 쓰면 한/영 키를 눌러 영문으로 바꾸고 다시 읽어 주세요.",
                          "For example: https://pay.example.kr"),
    "first code": ("연결 번호", "Pairing code"),
    "first code hint": ("예: ABCD-EFGH · QR을 읽었으면 비워 두세요.", "For example: ABCD-EFGH. Leave it empty where the QR was scanned."),
    "first pin": ("환불 비밀번호를 숫자 4~12자리로 정해 주세요.", "Choose a refund PIN of 4 to 12 digits."),
    "first pin hint": (
        "가게 주인만 아는 숫자 4~12자리입니다. 환불할 때 넣습니다. 이 컴퓨터 밖으로 나가지 않으며, 잊으면 다시 연결해야 합니다.",
        "4 to 12 digits that only the owner knows, for refunds. It never leaves this PC; who forgets it pairs again.",
    ),
    "first again": ("환불 비밀번호 한 번 더", "The same PIN once more"),
    "first again hint": ("같은 숫자를 한 번 더 넣어 주세요.", "Type the same digits again."),
    "first go": ("연결하기", "Pair"),
    "first missing": ("시의 주소와 연결 번호가 모두 있어야 합니다.", "Both the city's address and the code are needed."),
    "first differ": ("두 번 넣은 비밀번호가 다릅니다.", "The two PINs differ."),
    "first no city": ("시의 서버가 답하지 않습니다. 주소와 인터넷을 확인하고 다시 해 주세요.", "The city's server doesn't answer. Check the address and the line, and try again."),
    "first compare": ("담당자 화면의 숫자와 같은지 보세요", "Compare these digits with the officer's screen"),
    "first waits": ("담당자의 서명을 기다립니다. 서명하면 저절로 넘어갑니다.", "Waiting for the officer's signature; then this page goes on by itself."),
    "first stop": ("그만두고 처음부터", "Stop and begin again"),
    "first done": ("연결되었습니다", "Paired"),
    "first coming": ("계산 화면을 여는 중입니다. 저절로 넘어갑니다.", "Opening the till's page. It comes by itself."),
    "both offline": (
        "서버에 보내지 못해 아직 받지 못했습니다. 연결되면 다시 읽어 주세요.",
        "It couldn't be sent to the server: not taken yet. Scan it again when the line is back.",
    ),
    "line up": ("다시 연결되었습니다.", "The line is back."),
    "not proven": (
        "서버의 영수증을 믿을 수 없습니다. 결제된 것으로 보지 말고 담당자에게 알리세요. ({0})",
        "The server's receipt can't be trusted. Don't take this as paid; call the city. ({0})",
    ),
    "before": ("지난번에 확인되지 않은 거래:", "Left open last time:"),
    "entry": ("거래 번호 {0}", "entry {0}"),
    "sale": ("결제", "sale"),
    "refund": ("환불", "refund"),
    "void": ("취소", "void"),
    "none": ("오늘 거래가 없습니다.", "No sales today."),
    "total": ("오늘 합계 {0}", "Today {0}"),
    "server total": ("서버의 오늘 합계 {0}", "Today by the server {0}"),
    "serving": ("프로그램의 결제 요청을 기다립니다. 끝내려면 Ctrl-C.", "Waiting for what programs ask for. Ctrl-C ends it."),
    "checkout ended": ("이 결제 요청은 취소되었습니다.", "This checkout was cancelled."),
    "token": (
        "연동 열쇠 {0}번입니다. 지금 한 번만 보여 드립니다. 프로그램에 넣고 다른 곳에는 적지 마세요.",
        "Access token {0}. It is shown this once: put it into the program and write it nowhere else.",
    ),
    "webhook": (
        "알림 주소 {0}번입니다. 아래 비밀 값은 지금 한 번만 보여 드립니다. 알림을 받는 프로그램에 넣고 다른 곳에는 적지 마세요.",
        "Webhook {0}. Its secret is shown this once: put it into the program that is told, and write it nowhere else.",
    ),
    "webhook there": (
        "이미 있는 알림 주소입니다({0}번). 비밀 값을 잃어버렸으면 `python -m pos webhooks --revoke {0}`로 지우고 다시 더하세요.",
        "There is a webhook for this address ({0}). Was its secret lost? `python -m pos webhooks --revoke {0}`, then add it again.",
    ),
    "webhook gone": ("(받는 쪽이 더 받지 않겠다고 했습니다)", "(its receiver wants no more)"),
    "told waiting": ("알리는 중 · {0}번 해 봄 · {1}", "being told, {0} tries so far: {1}"),
    "told delivered": ("알렸습니다", "told"),
    "told given-up": ("알리지 못했습니다 · {0}번 해 봄 · {1}", "not told, after {0} tries: {1}"),
    "check": (
        "담당자 화면에 같은 숫자가 있는지 확인하세요. 다르면 멈추세요.",
        "The officer's screen must show these digits. If it doesn't, stop.",
    ),
    "paired": ("{0}: 단말기 {1}번으로 등록되었습니다.", "{0}: registered as till {1}."),
    "new pin": ("환불에 쓸 비밀번호 (숫자 4~12자리)", "A PIN for refunds (4 to 12 digits)"),
    "pin again": ("한 번 더", "Once more"),
    "pin": ("환불 비밀번호", "Refund PIN"),
    "receipt": ("영수증", "Receipt"),
    "copy": ("재발행", "COPY"),
    "till": ("단말기", "Till"),
    "till is": ("단말기 {0}", "Till {0}"),
    "at": ("일시", "At"),
    "number": ("거래 번호", "Number"),
    "of number": ("원거래 번호", "Gives back"),
    "reference": ("주문 번호", "Reference"),
    "cashier": ("받은 사람", "Cashier"),
    "cashier is": ("{0}번", "no. {0}"),
    "owner": ("주인", "Owner"),
    "sale amount": ("결제하신 금액", "Paid"),
    "refund amount": ("돌려드린 금액", "Given back"),
    "void amount": ("취소된 금액", "Voided"),
    "balance": ("남은 돈", "Money left"),
    "balance of": ("끝 번호 {0} 카드", "Card ending in {0}"),
    "balance phone": ("휴대전화 지갑", "Wallet on a phone"),
    "balance all": ("모두", "In all"),
    "balance today": ("오늘 더 쓸 수 있는 돈", "Of it today"),
    "balance again": ("{0}부터 다시 {1}까지", "From {0} {1} again"),
    "balance here": ("이 가게에서 쓸 수 있는 돈", "Of it in this shop"),
    "balance yours": ("손님이 가져가세요.", "For the customer to keep."),
    "ends": ("{0}까지", "until {0}"),
    "ends in": ("{0}까지 ({1}일)", "until {0} ({1} d)"),
    "ends today": ("오늘까지", "until today"),
    "ends later": ("나머지 {0}은 그 뒤까지", "{0} later than that"),
    "ends soon": ("곧 끝나는 돈이 있습니다", "Some of it ends soon"),
    "ends within days": ("며칠 안에 끝나는 돈이 있습니다", "Some of it ends within days"),
    "slip printed": ("남은 돈을 종이로 인쇄했습니다. 손님께 드리세요.", "What is left was printed: give the slip to the customer."),
    "scan card": ("종이 카드나 휴대전화의 ‘남은 돈’ 코드를 스캔하세요.", "Scan the paper card, or the “Money left” code on the phone."),
    "verify": ("QR을 찍어 진짜인지 확인하세요", "Scan to check this receipt"),
    "trial": ("시험 인쇄입니다. 한글이 보이지 않으면 --as picture 로 바꾸세요.",
              "A trial. Where Korean can't be read, set --as picture."),
    "printed": ("인쇄했습니다.", "Printed."),
    "page": (
        "단말기 화면: {0}\n(한 번만 열리는 주소입니다. 그다음부터 이 브라우저에서는 {1} 로 열립니다.)\n끝내려면 Ctrl-C.",
        "The till's page: {0}\n(This address opens once; after that, {1} does in the same browser.)\nCtrl-C ends it.",
    ),
    "no pages": (
        "시의 화면을 아직 받지 못했습니다. 처음 한 번은 인터넷이 있어야 합니다.",
        "The city's pages were never fetched: the first time needs a connection.",
    ),
    "outside": (
        "이 브라우저는 단말기 프로그램과 이어져 있지 않습니다. 프로그램을 다시 켜고, 프로그램이 알려 주는 주소로 열어 주세요.",
        "This browser isn't known to the till's program. Start the program again and open the address that it prints.",
    ),
    "no drawer": ("프린터에 서랍이 없습니다: python -m pos printer 주소 --drawer", "No drawer is set: python -m pos printer PLACE --drawer"),
    "no printer": ("프린터가 없습니다: python -m pos printer network:주소", "No printer is set: python -m pos printer network:HOST"),
    "not printed": ("결제와 상관없이, 영수증을 인쇄하지 못했습니다: {0}", "The payment stands; its receipt was not printed: {0}"),
    "close": ("마감", "Closing"),
    "statement": ("월 정산서", "Monthly statement"),
    "whole shop": ("가게 전체", "Whole shop"),
    "closing number": ("마감 번호", "Closing"),
    "from": ("부터", "From"),
    "until": ("까지", "Until"),
    "entries": ("장부 항목", "Entries"),
    "sales count": ("결제 {0}건", "Sales {0}"),
    "refunds count": ("환불 {0}건", "Refunds {0}"),
    "voids count": ("취소 {0}건", "Voids {0}"),
    "net": ("합계", "Net"),
    "close ask": ("여기까지 마감할까요? 다음 마감은 이 뒤부터 셉니다", "Close up to here? The next closing counts on from it"),
    "closed": ("마감 {0}번으로 기록했습니다.", "Recorded as closing {0}."),
    "saved": ("저장했습니다: {0}", "Saved: {0}"),
}

_REFUSALS = {
    "UNREADABLE": ("코드를 읽을 수 없습니다. 다시 스캔하세요.", "No code could be read. Scan again."),
    "OTHER_HOST": ("다른 도시 또는 시험용 코드입니다.", "A code of another city, or of a trial."),
    "EXPIRED": ("시간이 지난 코드입니다. 새 코드를 보여 달라고 하세요.", "Out of date. Ask for a fresh code."),
    "OVER_CAP": (
        "이 코드의 한도보다 큰 금액입니다.[ 한도는 {cap_won}입니다.] 손님이 금액을 직접 정한 코드가 필요합니다.",
        "More than this code allows.[ It allows {cap_won}.] The customer must set the amount.",
    ),
    "AMOUNT_DIFFERS": ("금액이 다릅니다.[ 이 코드는 {asked_won}짜리입니다.]", "Another amount.[ This code is for {asked_won}.]"),
    "OTHER_REQUEST": ("이 단말기가 청구한 결제가 아닙니다.", "Not for an open request of this till."),
    "REQUEST_PAID": ("이미 결제가 완료된 청구입니다.", "This request was paid before."),
    "BAD_FIELD": ("결제 코드가 아니거나 금액이 맞지 않습니다.", "No code for paying, or no right amount."),
    "NOT_ENOUGH": ("이 지갑으로는 이 금액을 낼 수 없습니다. 금액을 나누거나 다른 방법으로 받으세요.",
                   "This wallet can't pay that much here. Take less of it, or another means."),
    "CODE_USED": ("이미 쓴 코드입니다. 새 코드를 보여 달라고 하세요.", "This code was used. Ask for a fresh one."),
    "ACCOUNT_FROZEN": ("정지된 지갑입니다. 손님은 담당자에게 문의해야 합니다.", "This wallet is frozen; the city can help."),
    "SHOP_CLOSED": ("닫힌 가맹점입니다. 담당자에게 문의하세요.", "This shop is closed; ask the city."),
    "TILL_REVOKED": ("정지된 단말기입니다. 담당자에게 문의하세요.", "This till was revoked; ask the city."),
    "OTHER_CHAIN": ("다른 도시의 파일입니다.", "A file of another city."),
    "WRONG_SHOP": ("다른 가게의 파일입니다.", "A file of another shop."),
    "TAKEN_TWICE": ("이 코드로 이미 정산되었습니다.", "This code was settled before."),
    "OFFLINE_OFF": (
        "인터넷 없이 받을 수 없습니다: 시가 꺼 두었거나, 하루 넘게 인터넷에 이어지지 않았거나, 시계가 뒤로 갔습니다.[ ({why})]",
        "Can't be taken without a connection: the city switched it off, or this till had no line for a day, or its clock went back.[ ({why})]",
    ),
    "OFFLINE_DAY_FULL": (
        "이 단말기가 인터넷 없이 더 받을 수 있는 돈은 [{left_won}]까지입니다.",
        "Without a connection this till can take only [{left_won}] more.",
    ),
    "TOO_FAR_AHEAD": ("손님 휴대전화나 이 기기의 시계가 맞지 않습니다.", "The customer's clock or this one is wrong."),
    "UNKNOWN_KEY": ("시의 서명이 확인되지 않는 코드입니다.", "The city's signature on this code can't be confirmed."),
    "MORE_THAN_PAID": ("받은 돈보다 많이 환불할 수 없습니다.", "More than was paid and not yet given back."),
    "VOID_TOO_LATE": ("10분이 지나 취소할 수 없습니다. 환불로 돌려드리세요.", "Ten minutes are over: give it back with `refund`."),
    "OTHER_SHOPS_SALE": ("이 단말기가 받은 결제가 아닙니다.", "Not a payment that this till took."),
    "SHOP_SHORT": ("이미 정산된 돈이라 환불할 수 없습니다. 담당자에게 문의하세요.", "Paid out already; ask the city."),
    "SIGN_IN_WRONG": ("비밀번호가 다릅니다.", "Wrong PIN."),
    "FIELD_WRONG": ("비밀번호는 숫자 4~12자리입니다.", "A PIN is 4 to 12 digits."),
    "PAIRING_OVER": ("등록이 취소되었거나 시간이 지났습니다.", "The pairing was cancelled, or its time is over."),
}
# Of a paper card: its holder has no phone that shows more.
_OF_CARD = {
    "NOT_ENOUGH": (
        "카드에서 여기서 쓸 수 있는 돈이 이 금액보다 적습니다. `balance` 명령으로 카드를 찍으면 쓸 수 있는 금액이 종이에 나옵니다. 그만큼만 받고 나머지는 현금이나 다른 카드로 받으세요.",
        "The card has less than this for use here. The command `balance` puts on paper how much. Take that much, and the rest by other means.",
    ),
    "WRONG_CATEGORY": (
        "카드의 돈은 다른 업종의 가게에서만 쓸 수 있습니다. 현금이나 다른 카드로 받으세요. 쓸 수 있는 가게는 주민센터에서 알려 드립니다.",
        "The card's money is for other kinds of shops. Take other means; the community centre knows where it can be spent.",
    ),
    "OVER_DAY_LIMIT": (
        "이 카드로 하루에 쓸 수 있는 금액보다 큽니다. `balance` 명령으로 카드를 찍으면 오늘 더 쓸 수 있는 금액이 종이에 나옵니다. 그만큼만 받거나 나머지는 현금이나 다른 카드로 받으세요.",
        "More than this card may spend in a day. The command `balance` puts on paper how much more it may today. Take that much, or the rest by other means.",
    ),
}
_REFUSED = ("받아들여지지 않았습니다.", "Not accepted.")
_NO_MESSAGE = ("HAGC의 코드가 아니거나 손상된 코드입니다.", "Not a code of HAGC, or a damaged one.")


def language_of(chosen: str | None) -> str:
    """The one chosen, else English where the system's language is English, else Korean."""
    said = chosen or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if said.lower().startswith("en") else FIRST


def say(language: str, name: str, *facts: object) -> str:
    return _pick(language, _SAID[name]).format(*facts)


def refusal(language: str, word: str, facts: dict) -> str:
    """The till's own sentence for a word; amounts in figures."""
    written = {name: figures(value, language) if name.endswith("_won") else value for name, value in facts.items()}
    about_bytes = word in WORDS and WORDS[word].number < 200
    sentence = _REFUSALS.get(word, _NO_MESSAGE if about_bytes else _REFUSED)
    return _OPTIONAL.sub(lambda part: _filled(part[1], written), _pick(language, sentence))


def of_card(language: str, word: str) -> str:
    """What is said of a paper card in the place of the city's sentence; empty where that will do."""
    return _pick(language, _OF_CARD[word]) if word in _OF_CARD else ""


def _filled(text: str, facts: dict) -> str:
    return text.format(**facts) if all(name in facts for name in _FACT.findall(text)) else ""


def clock(at_s: int) -> str:
    """The time of day on this machine."""
    return time.strftime("%H:%M", time.localtime(at_s))


def day(at_s: int) -> str:
    """The date on this machine."""
    return time.strftime("%Y-%m-%d", time.localtime(at_s))


def _pick(language: str, pair: tuple[str, str]) -> str:
    return pair[language != FIRST]
