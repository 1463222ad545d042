"""A list from the command line: the same file as in the console, laid on the desk of the officer who will sign it."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.desk import grant
from app.desk.office import Office
from app.desk.officer import roles_now
from app.errors import Refusal, SetupError
from app.money.orders import MAKER
from app.people import drafts, lists, signin
from app.people.columns import NONE, Columns, word_of
from app.people.lists import PaymentList, Upload

SECONDS = 3_600     # nobody's browser waits


@dataclass(frozen=True, slots=True, repr=False)
class Paper:
    """`headers`: how columns are called that aren't recognized; reference, name, birth_date, amount."""
    file_name: str
    raw: bytes
    programme: int
    login: str
    headers: Mapping[str, str]
    back: bool = False      # its rows take back


def lay(office: Office, paper: Paper) -> PaymentList:
    """A judged draft whose maker is the officer of this login. SetupError when there is no such officer, or when nobody
    can tell the columns; what `grant.upload` raises; NO_RIGHT when the officer makes no lists."""
    officer = next((one for one in signin.officers(office.people) if one.login == paper.login), None)
    if officer is None:
        raise SetupError(f"no officer signs in as {paper.login}")
    if not roles_now(office, officer.number) & MAKER:
        raise Refusal("NO_RIGHT")
    made = grant.upload(office, Upload(paper.programme, officer.number, paper.file_name, paper.raw, back=paper.back))
    if any(paper.headers.values()):
        _name(office, made, officer.number, paper.headers)
    elif made.reading == lists.COLUMNS_ASKED:
        lists.withdraw(office.people, made.list_id, officer.number)
        raise SetupError("which column is the person and which the amount? Say it: --reference (or --name and --birth-date) and --amount")
    return grant.judge(office, made.list_id, SECONDS)


def _name(office: Office, made: PaymentList, officer: int, headers: Mapping[str, str]) -> None:
    """Columns by the words of the row that holds them all."""
    wanted = {which: word_of(text) for which, text in headers.items() if text}
    for number, cells in drafts.preview(office.people, made):
        words = [word_of(cell) for cell in cells]
        if all(word in words for word in wanted.values()):
            places = {which: words.index(word) for which, word in wanted.items()}
            return drafts.name_columns(office.people, made.list_id, officer, Columns(**{"reference": NONE, **places}), number)
    lists.withdraw(office.people, made.list_id, officer)
    raise SetupError(f"no row of the file holds these headers together: {', '.join(filter(None, headers.values()))}")


def describe(office: Office, made: PaymentList) -> list[str]:
    """What was made of the file, in lines for a terminal: no person in them."""
    reasons = lists.reasons(office.people, made.list_id)
    return [
        f"Draft {made.list_id.hex()}: {made.count:,} people, {made.total_won:,} won, {made.faulty:,} rows that can't be paid",
        *[f"  {word}: {count:,}" for word, count in reasons.items()],
        f"Waits on the desk: https://{office.genesis.host}/console/lists/{made.list_id.hex()}",
    ]
