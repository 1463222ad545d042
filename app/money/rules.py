"""What may change from one rule set to the next: lives of messages, roles, sizes, the order of drawing.

The version in force is an entry; an old entry is decided again under its own version.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.money import orders, orders_office, orders_offline
from app.money.orders import ADMINISTRATOR, AUDITOR, CHECKER, MAKER, REGISTRAR, ROOTS
from app.money.orders_publishing import Directory, Served
from app.money.orders_reading import Look
from app.money.state import Lot, ProgrammeRecord, Register, RulebookRecord, State

MINUTE_S, DAY_S = 60, 86_400


@dataclass(frozen=True, slots=True)
class Rules:
    version: int
    max_life_s: dict[type, int]             # how far ahead of now a message may expire
    root_approval_life_s: int               # the same for a root's approval: made on another machine
    signers: dict[type, int]                # roles, one of which the officer who signs must have
    checkers: dict[type, int]               # acts that need a second officer: roles, one of which they must have
    relinkers: int                          # the same for linking a person who had another account before
    operational: dict[type, int]            # which of the server's keys signs what
    deposit_s: int                          # how long after a certificate has ended its codes may be deposited
    void_s: int                             # how long after a payment its till may void it
    max_aliases: int                        # in one batch
    max_rows: int                           # of one list
    draw_order: Callable[[Lot, ProgrammeRecord], tuple]     # a payment empties the lowest first
    apart: tuple[tuple[int, int], ...] = ()     # an officer who has one of the first may have none of the second
    reserves: bool = False                  # a row for somebody without an account waits for them, and goes back otherwise
    early_close: bool = False               # a programme may be closed before its day
    own_rows: bool = True                   # a list may pay an officer who signed it
    as_of_taking: bool = False              # a code taken without a network is judged as of when it was taken
    waiting_counts: bool = False            # towards what a person may hold
    persons_apart: bool = False             # two numbers of one person are one officer
    new_key_waits: bool = False             # every key that two officers add has the limit of its first 24 hours
    replaces_revoked: bool = False          # a key may take the place of one that was revoked before
    card_cap_stays: bool = False            # when a card's figure has ended it goes on
    covered_drops: bool = False             # a figure that later ones cover takes no room
    deposits_count: bool = False            # towards what may be spent in 24 hours
    void_frees: bool = False                # what may be spent in 24 hours
    own_freeze: bool = True                 # an officer may lock or unlock their own account

    def life_s(self, body: object) -> int:
        """How many seconds ahead of now `body` may expire."""
        if type(body) is orders.Approval and body.board == ROOTS:
            return self.root_approval_life_s
        return self.max_life_s[type(body)]


def soonest_expiry_first(lot: Lot, programme: ProgrammeRecord) -> tuple[int, int, int]:
    return lot.expires_at_s, programme.coin, lot.id


_COUNTER = {
    orders.Code: MINUTE_S,
    orders.Request: 3 * MINUTE_S,
    orders.Notice: 90 * DAY_S,
    orders.Payment: 10 * MINUTE_S,
    orders.Charge: 10 * MINUTE_S,
    orders.Refund: 10 * MINUTE_S,
    orders.Void: 10 * MINUTE_S,
    orders.Session: 10 * MINUTE_S,
    orders.Join: 10 * MINUTE_S,
    Look: MINUTE_S,
    orders.AccountOpen: 10 * MINUTE_S,
    orders.AliasBatch: 10 * MINUTE_S,
    orders_offline.OfflineKey: 10 * MINUTE_S,
    orders_offline.OfflineCode: 22 * DAY_S,
    orders_offline.Deposit: 22 * DAY_S,
}

_SIGNERS = {
    orders.Grant: MAKER,
    orders.Programme: MAKER | ADMINISTRATOR,
    orders.Link: REGISTRAR,
    orders.KeyAdd: REGISTRAR,
    orders.KeyRevoke: REGISTRAR,
    orders.Freeze: REGISTRAR | ADMINISTRATOR,
    orders.Shop: REGISTRAR | ADMINISTRATOR,
    orders.Till: REGISTRAR | ADMINISTRATOR,
    orders_offline.OfflineAgain: REGISTRAR,
    orders_office.Recall: MAKER,
    orders_office.RecallList: MAKER,
    orders_office.Standing: ADMINISTRATOR,
    orders_offline.Policy: ADMINISTRATOR,
}

_OPERATIONAL = {
    orders.Expire: orders.SWEEP_KEY, orders.Totals: orders.NOTICE_KEY, Directory: orders.NOTICE_KEY,
    Served: orders.NOTICE_KEY,
}

_FIRST = Rules(
    version=1,
    max_life_s={
        **_COUNTER,
        **dict.fromkeys((*_SIGNERS, orders.Approval), 7 * DAY_S),
        **dict.fromkeys((orders.Officer, orders.OperationalKey, orders_office.Rulebook), 90 * DAY_S),
        **dict.fromkeys(_OPERATIONAL, DAY_S),
    },
    root_approval_life_s=90 * DAY_S,
    signers=_SIGNERS,
    checkers={
        orders.Grant: CHECKER, orders.Programme: CHECKER, orders.KeyAdd: REGISTRAR | CHECKER, orders_office.Recall: CHECKER,
        orders_office.RecallList: CHECKER,
        orders_offline.OfflineAgain: REGISTRAR | CHECKER,
        orders_office.Standing: ADMINISTRATOR | CHECKER, orders_offline.Policy: ADMINISTRATOR | CHECKER,
    },
    relinkers=REGISTRAR | CHECKER,
    operational=_OPERATIONAL,
    deposit_s=14 * DAY_S,
    void_s=10 * MINUTE_S,
    max_aliases=32,
    max_rows=100_000,
    draw_order=soonest_expiry_first,
)

# Who runs the office and its figures touches no money and no people; who audits changes nothing. Money for somebody
# who has no account yet waits for them.
_OFFICE = replace(
    _FIRST,
    version=2,
    signers=_SIGNERS | {
        orders.Programme: MAKER, orders.Freeze: REGISTRAR, orders.Shop: REGISTRAR, orders.Till: REGISTRAR,
    },
    apart=((AUDITOR, MAKER | CHECKER | REGISTRAR | ADMINISTRATOR), (ADMINISTRATOR, MAKER | CHECKER | REGISTRAR)),
    reserves=True,
    early_close=True,
    own_rows=False,
)

# What two people did in good faith without a network is not undone by what an office, a date or a sweep did later.
# A person is one, with or without a wallet, under whatever number they sign.
_PEOPLE = replace(_OFFICE, version=3, as_of_taking=True, waiting_counts=True, persons_apart=True)

# No limit of a day has a way round it, and none outlives what it was for.
_LIMITS = replace(
    _PEOPLE, version=4, new_key_waits=True, replaces_revoked=True, card_cap_stays=True, covered_drops=True,
    deposits_count=True, void_frees=True, own_freeze=False,
)

RULES: dict[int, Rules] = {rules.version: rules for rules in (_FIRST, _OFFICE, _PEOPLE, _LIMITS)}
FIRST, NEWEST = min(RULES), max(RULES)


def in_force(state: State) -> Rules:
    """The rules that the last such entry names, from the entry after it on; the first until there is one."""
    return named(state.get(Register.RULEBOOK, 0))


def named(record: RulebookRecord | None) -> Rules:
    """The rules that a record of the register names."""
    return RULES[record.version if record else FIRST]
