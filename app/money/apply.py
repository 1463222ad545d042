"""May this happen now, and what does it change: the one decision that everybody shares.

The server, the auditor's replay and the tests call this function. It has no clock, no I/O
and changes nothing; `posting.post` writes what it decides. Each rule stands in the docstring
of its kind's function, in the order in which the words are answered.
"""

from app.errors import Refusal
from app.money import (
    deposit, offline, office, orders, orders_office, orders_offline, orders_publishing, policy, recall, registers, residents, sale, topup,
)
from app.money.orders import Act, Row, Sale
from app.money.rules import Rules
from app.money.state import Decision, State

_ACTS = {
    orders.Refund: sale.refund,
    orders.Void: sale.void,
    orders.AccountOpen: residents.account_open,
    orders.AliasBatch: residents.alias_batch,
    orders.Link: residents.link,
    orders.KeyAdd: residents.key_add,
    orders.KeyRevoke: residents.key_revoke,
    orders.Freeze: residents.freeze,
    orders.Shop: registers.shop,
    orders.Till: registers.till,
    orders.Officer: registers.officer,
    orders.OperationalKey: registers.operational_key,
    orders.Programme: registers.programme,
    orders.Totals: registers.totals,
    orders.Grant: topup.grant,
    orders.Expire: recall.expire,
    orders_offline.OfflineKey: offline.offline_key,
    orders_offline.OfflineAgain: offline.again,
    orders_offline.Policy: policy.policy,
    orders_publishing.Served: registers.served,
    orders_office.Recall: recall.recall,
    orders_office.RecallList: recall.recall_list,
    orders_office.Standing: office.standing,
    orders_office.Rulebook: office.rulebook,
}


_TAKE_GIVEN = {orders.AccountOpen, orders.AliasBatch, orders.KeyAdd, orders.Grant, orders_office.RecallList}


def apply(state: State, order: Sale | Act | Row, now_s: int, rules: Rules) -> Decision:
    """What the order changes at `now_s` (Unix seconds) under `rules`; raises Refusal.

    UNKNOWN_KIND   a message that is read or shown but never an entry
    BAD_FIELD      given things where the kind takes none
    """
    if type(order) is Sale and type(order.payee.body) is orders_offline.Deposit:
        return deposit.deposit(state, order, now_s, rules)
    if type(order) is Sale:
        return sale.sale(state, order, now_s, rules)
    if type(order) is Row:
        return topup.row(state, order, now_s, rules)
    decide = _ACTS.get(type(order.message.body))
    if decide is None:
        raise Refusal("UNKNOWN_KIND")
    if order.given and type(order.message.body) not in _TAKE_GIVEN:
        raise Refusal("BAD_FIELD")
    return decide(state, order, now_s, rules)
