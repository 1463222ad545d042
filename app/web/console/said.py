"""What an officer is about to sign, in words, read out of the very fields that are signed."""

from app.desk.lookup import shop_name
from app.errors import WORDS, Refusal
from app.message import cose
from app.money import amount, lots, orders, policy
from app.money.orders_office import Recall, RecallList, Standing
from app.money.orders_offline import OfflineAgain, Policy
from app.money.recall import lot_of
from app.money.state import NEVER_S, Register
from app.people import access, cards, pairing, register, signin
from app.web.console.frame import Frame
from app.web.words import moment

RIGHTS = {orders.RECEIVE: "receive", orders.RETURN: "return", orders.ASK: "ask"}
Line = tuple[str, str]      # what it is, what it says


class Reader:
    """Words for one page, in its language."""

    def __init__(self, frame: Frame):
        self.office, self.language = frame.office, frame.language
        self.words = frame.services.shell.words

    def say(self, place: str, **facts: int | str) -> str:
        return self.words.say(self.language, f"office.{place}", facts)

    def reason(self, why: str) -> str:
        """Why something was refused: an officer's own words, or the chain's."""
        return self.words.say(self.language, f"refusals.{why}.title") if why in WORDS else why

    def back(self, why: str) -> str:
        """Why a row went back to its programme."""
        return self.reason(why) if why in WORDS else self.say(f"lists.back.{why}")

    def title(self, body: object) -> str:
        """What signing this does, in one line."""
        match body:
            case orders.Link(person=b""):
                return self.say("said.unlink_title")
            case orders.KeyAdd(grade=orders.CARD):
                return self.say("said.replace_card_title" if body.replaces else "said.add_card_title")
            case orders.KeyAdd() if body.replaces:
                return self.say("said.replace_phone_title")
            case orders.KeyRevoke() if self.last_digits(body):
                return self.say("said.revoke_card_title")
            case orders.Freeze(frozen=0):
                return self.say("said.unfreeze_title")
            case orders.Till(rights=0):
                return self.say("said.revoke_till_title")
            case orders.Shop(standing=orders.CLOSED):
                return self.say("said.close_shop_title")
            case Standing(suspended=1):
                return self.say("said.suspend_title")
        return self.say(f"said.{type(body).__name__.lower()}_title")

    def lines(self, body: object) -> list[Line]:
        """Everything that the message says, but its nonce and who signs."""
        match body:
            case orders.Programme():
                found = self._programme(body)
            case orders.Shop():
                found = self._shop(body)
            case orders.Till():
                found = self._till(body)
            case orders.Grant() | RecallList():
                found = self._list(body)
            case orders.Link() | orders.Freeze() | orders.KeyAdd() | OfflineAgain():
                found = self._account(body)
            case Policy():
                found = self._policy(body)
            case Recall():
                found = self._recall(body)
            case Standing():
                found = self._standing(body)
            case orders.KeyRevoke():
                found = self._revoked(body)
            case _:
                found = []
        return [(self.say(f"said.{name}"), value) for name, value in found] + [
            (self.say("said.good_until"), self.moment(body.expires_at_s))]

    def about(self, raw: bytes) -> str:
        """What a signed message is about, in a word: a programme's name, a masked person."""
        body = cose.parse(raw).body
        return body.name.decode() if isinstance(body, orders.Programme) else self.lines(body)[0][1]

    def compared(self, body: object) -> list[tuple[str, str, str]]:
        """(what, before, after) of everything that the message says; before is empty where it changes nothing that holds now."""
        last = self.say("said.good_until")
        before = {what: value for what, value in self._holds(body) if what != last}
        lines = [(what, old if (old := before.pop(what, "")) != value else "", value) for what, value in self.lines(body)]
        return lines + [(what, old, "-") for what, old in before.items()]

    def _holds(self, body: object) -> list[Line]:
        """What holds now of what this message changes."""
        get, end = self.office.store.get, (bytes(8), 0)
        match body:
            case orders.Programme() if old := get(Register.PROGRAMME, body.programme):
                return self.lines(orders.Programme(
                    body.officer, body.programme, old.coin, old.budget_won, old.opens_at_s, old.closes_at_s, old.spend_until_s,
                    old.categories, old.name, *end, old.person_won, old.spend_days, old.shops))
            case orders.Shop() if old := get(Register.SHOP, body.shop):
                return self.lines(orders.Shop(
                    body.officer, body.shop, old.standing, old.sort, old.category, old.name, old.district, *end))
            case orders.Link() if body.person and (old := get(Register.PERSON, body.person)) and old.last:
                return [(self.say("said.account"), _short(old.last))]
            case Policy():
                with self.office.store.snapshot() as state:
                    stays = policy.stays(body.subject, self.office.rules)
                    now = policy.limit(state, body.subject, self.office.now_s(), body.target, stays)
                nothing = None if policy.limits(body.subject) else 0
                return [(self.say("said.figure"), self.figure(body.subject, nothing if now is None else now))]
        return []

    # -- fields --

    def won(self, amount_won: int) -> str:
        return f"{amount.figures(amount_won, self.language)} ({amount.words(amount_won, self.language)})"

    def moment(self, at_s: int, with_time: bool = True) -> str:
        return moment(at_s, self.language, self.office.city.zone, with_time)

    def month(self, name: str) -> str:
        """2026-11, as people say it."""
        return self.words.say(self.language, "paper.month_is", {"year": name[:4], "month": str(int(name[5:]))})

    def until(self, at_s: int) -> str:
        """The end of a span: midnight is said as 24:00 of the last day, as people mean it."""
        text = self.moment(at_s)
        return f"{self.moment(at_s - 1, with_time=False)} 24:00" if text.endswith(" 00:00") else text

    def coin(self, number: int) -> str:
        coins = self.office.city.coins
        return coins[number - 1].names.say(self.language) if 1 <= number <= len(coins) else str(number)

    def category(self, number: int) -> str:
        found = self.office.city.category(number)
        return found.names.say(self.language) if found else str(number)

    def categories(self, numbers: bytes) -> str:
        return ", ".join(map(self.category, numbers)) or self.say("everywhere")

    def rights(self, rights: int) -> str:
        return ", ".join(self.say(f"right.{name}") for bit, name in RIGHTS.items() if rights & bit) or self.say("right.none")

    def programme(self, number: int) -> str:
        found = self.office.store.get(Register.PROGRAMME, number)
        return f"{found.name.decode()} ({number})" if found else str(number)

    def person(self, token: bytes) -> str:
        """Masked; the bare token of one who was erased."""
        try:
            found = register.get(self.office.people, token)
        except Refusal:
            till, batch = access.till_of(token), access.batch_of(token)
            if batch is not None:
                return self.say("card.batch", number=str(batch))
            if (officer := access.officer_of(token)) is not None:
                return self.say("officers.numbered", number=str(officer))
            return _short(token) if till is None else self.say("queue.till", number=str(till))
        return f"{found.name} ({found.reference}, {found.birth_date[:4]})"

    def page_of(self, token: bytes) -> str:
        """Where more is told about whom or what an access line names; empty for one who was erased."""
        if access.batch_of(token) is not None:
            return "/console/people/cards"
        if (officer := access.officer_of(token)) is not None:
            return f"/console/officers/{officer}"
        if access.till_of(token) is not None:
            return "/console/tills"
        return f"/console/people/{token.hex()}" if register.reference_of(self.office.people, token) else ""

    # -- kinds --

    def _programme(self, body: orders.Programme) -> list[Line]:
        return [
            ("number", str(body.programme)), ("name", body.name.decode()), ("coin", self.coin(body.coin)),
            ("budget_won", self.won(body.budget_won)), ("opens", self.moment(body.opens_at_s)),
            ("closes", self.until(body.closes_at_s)), ("spend_until", self.until(body.spend_until_s)),
            ("categories", self.categories(body.categories)),
            *([("shops", self.shops(body.shops))] if body.shops else []),
            *([("person_won", self.won(body.person_won))] if body.person_won else []),
            *([("spend_days", self.say("said.days", days=body.spend_days))] if body.spend_days else []),
        ]

    def _recall(self, body: Recall) -> list[Line]:
        with self.office.store.snapshot() as state:
            lot = lot_of(state, body.lot)
        record = self.office.store.get(Register.ACCOUNT, body.holder) if len(body.holder) == 8 else None
        person = record.person if record else body.holder
        return [
            ("person", self.person(person) if len(person) == 16 else "-"), ("programme", self.programme(lot.programme) if lot else "-"),
            ("recall_won", self.won(body.amount_won)),
        ]

    def _standing(self, body: Standing) -> list[Line]:
        try:
            name = signin.officer(self.office.people, body.subject).name
        except Refusal:
            name = ""
        return [
            ("officer", f"{name} ({body.subject})"), ("suspended", self.say(f"said.suspended_{body.suspended}")),
            ("own_person", self.person(body.person) if body.person else self.say("said.no_person")),
        ]

    def _shop(self, body: orders.Shop) -> list[Line]:
        return [
            ("number", str(body.shop)), ("name", body.name.decode()), ("sort", self.say(f"sort.{body.sort}")),
            ("category", self.category(body.category)), ("district", body.district.decode() or "-"),
            ("standing", self.say(f"shop_standing.{body.standing}")),
        ]

    def _till(self, body: orders.Till) -> list[Line]:
        return [
            ("number", str(body.till)), ("shop", f"{shop_name(self.office, body.shop)} ({body.shop})"),
            ("rights", self.rights(body.rights)), ("check", pairing.fingerprint(body.key, body.refund_key)),
        ]

    def _list(self, body: orders.Grant | RecallList) -> list[Line]:
        total = "total_won" if isinstance(body, orders.Grant) else "recall_most_won"
        return [
            ("programme", self.programme(body.programme)), ("people", str(body.count)),
            (total, self.won(body.total_won)), ("root", _short(body.root)),
        ]

    def _policy(self, body: Policy) -> list[Line]:
        until = self.say("policy.for_good") if body.until_s == NEVER_S else self.until(body.until_s)
        return [
            ("subject", self.subject(body.subject, body.target)), ("figure", self.figure(body.subject, body.figure)),
            ("from", self.moment(body.from_s)), ("until", until),
        ]

    def subject(self, subject: int, target: int) -> str:
        """What a figure of the policy is about."""
        what = self.say(f"policy.subject.{subject}")
        if not target:
            return what
        return f"{what}: {shop_name(self.office, target) if subject == policy.SHOP_CATEGORY else self.programme(target)}"

    def shops(self, shops: bytes) -> str:
        return ", ".join(shop_name(self.office, number) or str(number) for number in lots.shop_numbers(shops))

    def figure(self, subject: int, figure: int | None) -> str:
        """A figure of the policy, as people read it."""
        if figure is None:
            return self.say("policy.own_category" if subject == policy.SHOP_CATEGORY else "policy.no_limit")
        match subject:
            case policy.SHOP_CATEGORY:
                return self.category(figure)
            case policy.OFFLINE_BEARER:
                return self.programme(figure) if figure else self.say("policy.nobody")
            case policy.OFFLINE_LIFE:
                return self.say("policy.for_hours", hours=figure // 3600) if figure else self.say("policy.off")
        if policy.limits(subject):
            return self.won(figure) if figure else self.say("policy.nothing_at_all")
        return self.won(figure) if figure else self.say("policy.off")

    def _account(self, body) -> list[Line]:
        record = self.office.store.get(Register.ACCOUNT, body.account)
        person = getattr(body, "person", b"") or (record.person if record else b"")
        lines = [("person", self.person(person))] if person else []
        lines += [("card", f"•••• {last}") for last in self.last_digits(body)]
        lines.append(("account", _short(body.account)))
        if isinstance(body, orders.KeyAdd):
            lines += [("device", _short(body.key)), ("grade", self.say(f"said.grade_{body.grade}"))]
            lines += self._replaced(body) + self._first_day(body)
            lines += [("day_won", self.won(body.day_won))] if body.day_won else []
        return lines

    def _revoked(self, body: orders.KeyRevoke) -> list[Line]:
        """Whose device, and which: its digits alone name nobody."""
        record = self.office.store.get(Register.KEY, body.key)
        account = self.office.store.get(Register.ACCOUNT, record.account) if record else None
        lines = [("person", self.person(account.person))] if account and account.person else []
        lines += [("card", f"•••• {last}") for last in self.last_digits(body)]
        sort = self.say(f"people_page.device_{'card' if record.grade == orders.CARD else 'phone'}") if record else ""
        return [*lines, ("device", f"{sort} {_short(body.key)}".strip())]

    def last_digits(self, body: orders.Link | orders.KeyAdd | orders.KeyRevoke) -> list[str]:
        """The last four digits of the paper card that this makes a person's, or stops: to be compared with the one in the hand."""
        if isinstance(body, orders.KeyRevoke):
            keys = [body.key]
        elif isinstance(body, orders.KeyAdd):
            keys = [body.key] if body.grade == orders.CARD else []
        elif isinstance(body, orders.Link) and body.person:
            keys = [key for key, record in self.office.store.keys_of(body.account) if record.grade == orders.CARD]
        else:
            return []
        return [card.number[-4:] for key in keys if (card := cards.of_key(self.office.people, key))]

    def _replaced(self, body: orders.KeyAdd) -> list[Line]:
        """What becomes of the lost phone."""
        lost = self.office.store.get(Register.KEY, body.replaces) if body.replaces else None
        said = "said.stopped_before" if lost and lost.revoked else "said.stops_at_once"
        return [("replaces", self.say(said, device=_short(body.replaces)))] if body.replaces else []

    def _first_day(self, body: orders.KeyAdd) -> list[Line]:
        """What the policy gives the new one at once."""
        with self.office.store.snapshot() as state:
            first_day_won = policy.limit(state, policy.REBOUND, self.office.now_s())
        waits = first_day_won is not None and (body.replaces or self.office.rules.new_key_waits)
        return [("first_day", self.won(first_day_won))] if waits else []


def _short(octets: bytes) -> str:
    """The first eight bytes, in groups of four digits, to compare by eye."""
    digits = octets[:8].hex()
    return " ".join(digits[at:at + 4] for at in range(0, len(digits), 4))
