"""The shop's side on a PC: a till that asks, charges and gives back, and keeps a record of its own.

As a library, for a program of the shop on the same machine (`folder`: where `python -m pos --folder … pair` made a till):

    >>> import pos
    >>> till = pos.open_till(folder)
    >>> till.resume()                                       # at each start: what became of what was open
    []
    >>> sale = till.request(4_500, reference="TABLE-7")     # signed, and in the journal
    >>> sale.state
    <State.SIGNED: 'signed'>
    >>> customer_scans(till.text(sale))                     # a QR of your own, or till.picture(sale) as PNG
    >>> paid = till.wait(sale)
    >>> paid.state, paid.receipt.amount_won
    (<State.SETTLED: 'settled'>, 4500)

    >>> paid = till.scan(customer_shows(), 3_000)           # the other way round: what a phone shows
    >>> paid.state
    <State.SETTLED: 'settled'>
    >>> till.scan(customer_shows(), 90_000_000)
    Traceback (most recent call last):
    app.errors.Refusal: OVER_CAP

    >>> till.void(paid.receipt.entry).state                 # within ten minutes, all of it
    <State.SETTLED: 'settled'>
    >>> first = till.sales()[0]
    >>> till.refund(first.receipt.entry, 500, pin).state    # later, or a part
    <State.SETTLED: 'settled'>
    >>> [one.state.value for one in till.sales()]           # by the journal, without a line
    ['settled', 'settled', 'settled', 'settled']
    >>> till.day()["day_total_won"] >= 4_000                # by the server
    True
    >>> till.close()

A `Sale` is SIGNED until the server's receipt settles it or its word refuses it. `Refused` is the server's no, `Unclear` a
broken line (ask again with `resume`), `NotProven` a receipt that isn't one. Nothing of it needs the server's framework.
"""

from pos.opened import OpenTill as open_till
from pos.server import Refused, Unclear
from pos.till import Sale, State
from pos.trust import NotProven

__all__ = ["NotProven", "Refused", "Sale", "State", "Unclear", "open_till"]
