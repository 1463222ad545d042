"""Money in tables: each row is an order and what everybody holds after it."""

import pytest

from tests.money.table import play

TOWN = """
    shop bakery 1
    shop pharmacy 2
    institution library 9
    resident kim lee
    programme help 1 100000 +30d
    programme give 2 100000 +60d
"""

TABLES = {
    "what is paid leaves the resident and reaches the shop, to the exact won": """
        grant help → kim 10000, lee 5000        | kim 10000  lee 5000  help 85000
        pay kim → bakery 3001                   | kim 6999  bakery 3001
        code kim → bakery 999                   | kim 6000  bakery 4000
        pay lee → library 5000                  | lee 0  library 5000
        notice kim → library 6000               | kim 0  library 11000
    """,
    "one payment takes several lots and both coins, what expires first, first": """
        programme spring 2 50000 +10d
        grant give → kim 1000                   | kim:give 1000
        grant help → kim 2000                   | kim:help 2000
        grant spring → kim 500                  | kim 3500
        pay kim → bakery 400                    | kim:spring 100  kim:help 2000  kim:give 1000
        pay kim → bakery 2300                   | kim:spring 0  kim:help 0  kim:give 800
        pay kim → bakery 800                    | kim 0  bakery 3500
    """,
    "of coins that expire together the lower coin goes first, then the older lot": """
        programme bonus 2 9000 +30d
        programme extra 1 9000 +30d
        grant bonus → kim 100
        grant extra → kim 100
        grant help → kim 100
        pay kim → bakery 50                     | kim:extra 50  kim:help 100  kim:bonus 100
        pay kim → bakery 100                    | kim:extra 0  kim:help 50  kim:bonus 100
        pay kim → bakery 60                     | kim:help 0  kim:bonus 90
    """,
    "not enough says how much is missing and what can be spent here": """
        grant help → kim 1000
        pay kim → bakery 1001   | refused NOT_ENOUGH missing_won=1 spendable_here_won=1000 balance_won=1000
        pay lee → bakery 1      | refused NOT_ENOUGH missing_won=1 spendable_here_won=0 balance_won=0
        pay kim → bakery 1000                   | kim 0
    """,
    "a programme may be for some shops only": """
        programme milk 1 9000 +10d 2 7
        grant milk → kim 700
        grant help → kim 300
        pay kim → bakery 301    | refused WRONG_CATEGORY spendable_here_won=300 balance_won=1000 missing_won=1
        pay kim → bakery 1001   | refused NOT_ENOUGH missing_won=701
        pay kim → bakery 200                    | kim:milk 700  kim:help 100
        pay kim → pharmacy 750                  | kim:milk 0  kim:help 50  pharmacy:milk 700  pharmacy:help 50
    """,
    "an expired coin can't be spent, swept or not": """
        grant help → kim 1000
        grant give → kim 100
        at +30d
        pay kim → bakery 500    | refused COINS_EXPIRED spendable_here_won=100 balance_won=100 missing_won=400
        pay kim → bakery 1101   | refused NOT_ENOUGH missing_won=1001
        pay kim → bakery 100                    | kim:give 0  kim:help 1000
        sweep kim 999           | refused AMOUNT_DIFFERS
        sweep kim 1000                          | kim 0  help 100000
        sweep kim 1000          | refused ALREADY_DONE
        at +31d
        sweep kim 1000          | refused NOTHING_TO_EXPIRE
    """,
    "the last second of a coin is the one before it expires": """
        grant help → kim 1000
        at +2591999s
        pay kim → bakery 600                    | kim 400
        at +2592000s
        pay kim → bakery 400    | refused COINS_EXPIRED
    """,
    "what is good is not swept": """
        grant help → kim 1000
        sweep kim 1000          | refused NOTHING_TO_EXPIRE
    """,
    "a code is a cap or an exact amount": """
        grant help → kim 10000
        code kim → bakery 3000 3000             | bakery 3000
        code kim → bakery 3001 3000  | refused OVER_CAP cap_won=3000
        exact kim → bakery 2999 3000 | refused AMOUNT_DIFFERS asked_won=3000
        exact kim → bakery 3001 3000 | refused AMOUNT_DIFFERS asked_won=3000
        exact kim → bakery 3000 3000            | bakery 6000
    """,
    "a refund returns into the lots it came from, last first, and never more than was paid": """
        grant help → kim 300
        grant give → kim 1000
        a: pay kim → bakery 500                 | kim:help 0  kim:give 800  bakery 500
        refund a 150                            | kim:help 0  kim:give 950
        refund a 100                            | kim:help 50  kim:give 1000  bakery 250
        refund a 251            | refused MORE_THAN_PAID left_won=250
        refund a 250                            | kim:help 300  kim:give 1000  bakery 0
        refund a 1              | refused MORE_THAN_PAID left_won=0
    """,
    "only the shop that was paid returns, and only a payment is returned": """
        grant help → kim 300
        a: pay kim → bakery 300
        refund a 300 pharmacy   | refused OTHER_SHOPS_SALE
        b: refund a 100                         | kim 100
        refund b 100 bakery     | refused UNKNOWN_PAYMENT
        c: freeze kim
        refund c 100 bakery     | refused UNKNOWN_PAYMENT
        refund a 200                            | kim 300
    """,
    "what was paid with coins that expired since goes back to their programme": """
        grant help → kim 300
        grant give → kim 1000
        a: pay kim → bakery 500                 | kim 800  help 99700  give 99000
        at +30d
        refund a 400                            | kim:help 0  kim:give 1000  help 99900  bakery 100
    """,
    "a void gives all of a payment back, by the till that took it, within minutes, once": """
        grant help → kim 300
        grant give → kim 1000
        a: pay kim → bakery 400                 | kim:help 0  kim:give 900
        void a pharmacy         | refused OTHER_SHOPS_SALE
        void a                                  | kim:help 300  kim:give 1000  bakery 0
        void a                  | refused MORE_THAN_PAID left_won=0
        refund a 1              | refused MORE_THAN_PAID left_won=0
        b: pay kim → bakery 400
        refund b 1
        void b                  | refused MORE_THAN_PAID left_won=399
        c: pay kim → bakery 100
        wait +11m
        void c                  | refused VOID_TOO_LATE minutes=10
        refund c 100                            | kim 901
    """,
    "a frozen account pays nothing and still gets its refund": """
        grant help → kim 300
        a: pay kim → bakery 100
        freeze kim
        pay kim → bakery 100    | refused ACCOUNT_FROZEN
        code kim → bakery 100   | refused ACCOUNT_FROZEN
        freeze kim              | refused ALREADY_DONE
        refund a 100                            | kim 300
        thaw kim
        pay kim → bakery 300                    | kim 0
    """,
    "a closed shop takes nothing and still returns": """
        grant help → kim 300
        a: pay kim → bakery 100
        shop bakery 1 closed
        pay kim → bakery 100    | refused SHOP_CLOSED
        refund a 100                            | kim 300
        shop bakery 1 open
        pay kim → bakery 300                    | kim 0
    """,
    "a till does what its rights say": """
        grant help → kim 3000
        a: pay kim → library 100
        notice kim → bakery 100  | refused NO_RIGHT
        till bakery receive return ask
        notice kim → bakery 100  | refused NO_RIGHT       # only an institution asks on paper
        till library ask
        notice kim → library 100                | library 200
        pay kim → library 100    | refused NO_RIGHT
        code kim → library 100   | refused NO_RIGHT
        refund a 100             | refused NO_RIGHT
        till library receive
        pay kim → library 100                   | library 300
        refund a 100             | refused NO_RIGHT
        till library
        pay kim → library 100    | refused TILL_REVOKED
        refund a 100             | refused TILL_REVOKED
        till library return
        refund a 100                            | library 200
    """,
    "a row that nobody can take goes back, and the list ends": """
        stranger park
        freeze lee
        grant help → kim 100, park 200, lee 300, nobody 400   | kim 100  park 0  lee 0  help 99900
        link park
        thaw lee
        grant help → lee 5, park 6, kim 7       | kim 107  park 6  lee 5  help 99882
    """,
    "one person has one account and one account one person": """
        stranger park
        link park kim           | refused PERSON_LINKED
        link kim choi           | refused ACCOUNT_LINKED
        link kim                | refused PERSON_LINKED
        unlink park             | refused ALREADY_DONE
        grant help → kim 100
        unlink kim                              | kim 100
        link park kim           | refused APPROVALS_MISSING
        relink park kim
        grant help → kim 100                    | kim 100  park 100
        pay kim → bakery 100                    | kim 0
    """,
    "a budget is spent to the won and no further": """
        grant help → kim 99999                  | help 1
        grant help → kim 1, lee 1 | refused BUDGET_SPENT left_won=1
        grant help → kim 1                      | help 0  kim 100000
        programme help 1 99999 +30d | refused BUDGET_UNDER_ISSUED issued_won=100000
        programme help 1 100500 +30d            | help 500
        grant help → lee 500                    | help 0
        programme help 2 200000 +30d | refused PROGRAMME_FIXED
        programme help 1 200000 +29d | refused PROGRAMME_FIXED
        programme help 1 200000 +30d 1 | refused PROGRAMME_FIXED
    """,
    "a programme that is closed grants nothing": """
        at +29d
        grant help → kim 100                    | kim 100
        at +30d
        grant help → kim 100    | refused PROGRAMME_NOT_OPEN
        grant give → kim 100                    | kim 200
    """,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_holds(table):
    play(TOWN + table)


@pytest.mark.parametrize("row", [
    "grant help → kim 100 | kim 99",
    "grant help → kim 100 | refused BUDGET_SPENT",
    "pay kim → bakery 1",
    "pay kim → bakery 1 | refused COINS_EXPIRED",
    "pay kim → bakery 1 | refused NOT_ENOUGH missing_won=2",
])
def test_a_table_that_is_wrong_fails(row):
    with pytest.raises(AssertionError):
        play(TOWN + row)
