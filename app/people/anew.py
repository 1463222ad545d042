"""The people database of a city that is founded anew: what belongs to people and officers goes along, what names an entry, a shop, a
till, a programme or an account of the ledger before stays behind, for the new ledger gives those numbers to others."""

from pathlib import Path

from app.people.people import People

GOES = {        # in an order in which what refers comes after what it refers to
    "person": "whoever is in the register",
    "taken": "which references and batches were ever given",
    "officer": "names, logins, passwords and authenticators; what they may do the new roots say",
    "access": "who saw whose data: kept for two years by law",
    "review": "the months of it that were signed off",
    "card": "paper cards in people's hands; each pays again once a registrar has signed for it",
    "blank_card": "cards printed ahead, and their PIN slips",
    "join_code": "codes in letters that are under way: they name a person and nothing of the ledger",
    "file_shape": "which column of the offices' files is what",
}
STAYS = {
    "once": "invitations: made again", "session": "officers sign in again", "tries": "wrong passwords, forgotten after a day",
    "list": "of programmes", "list_row": "of lists", "file_row": "of lists", "repeat": "of lists", "series": "of programmes",
    "series_taken": "of series", "pairing": "of shops", "join_wish": "of accounts", "notice": "messages of the chain before, shops",
    "proposal": "messages of the chain before", "closing": "entries, shops, tills", "staff": "of shops", "cashier": "of shops",
    "mistake": "entries, tills", "ring": "what was told to screens", "vendor_token": "shops, tills", "webhook": "of shops",
    "checkout": "entries, shops, tills", "checkout_message": "messages of the chain before", "delivery": "of checkouts",
    "refused_payment": "of accounts", "card_try": "of tills", "ending_call": "of money that is over", "letter": "of lists and of money that is over",
    "goods": "entries, tills", "migration": "made with the new file",
}


def carry(people: People, file: Path) -> None:
    """A new database `file` (mode 0600) with what goes along; `people` is only read."""
    made = People(file, lambda: 0)
    try:
        with made.write() as connection:
            for table in GOES:
                rows = people.read().execute(f"SELECT * FROM {table}")
                marks = ", ".join("?" * len(rows.description))
                connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)
        made.read().execute("PRAGMA journal_mode=DELETE").fetchone()      # one file, that can be carried alone
    finally:
        made.close()
    file.with_name(f"{file.name}.lock").unlink(missing_ok=True)
