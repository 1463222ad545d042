"""Letters to people whose money ends soon, a page of A4 each in the same window envelopes: how much, until when, and how they can
spend it, by what they have: nothing yet, a paper card, or a wallet."""

from collections.abc import Sequence

from app.desk import ending
from app.desk.ending import Warned
from app.money import amount
from app.web.letter_pdf import QR_MM, TEXT_MM, WIDTH_MM, Letters, code_box, envelope
from app.web.words import FIRST, moment

MOST_ENDS = 4       # days on one page; the rest as one sum


def pdf(post: Sequence[Warned], paper: Letters) -> bytes:
    """One page a letter."""
    for letter in post:
        paper.add_page()
        envelope(paper, letter)
        _text(paper, letter)
    return bytes(paper.output())


def _text(paper: Letters, letter: Warned) -> None:
    said, kind = paper.said, letter.ending.kind
    paper.set_y(TEXT_MM)
    paper.say(said("ending.title"), 18, 10)
    paper.ln(2)
    _sums(paper, letter)
    paper.say(said("ending.what"))
    paper.ln(2)
    paper.say(said(f"ending.how_{kind}"))
    paper.ln(2)
    if kind == ending.NONE:
        code_box(paper, letter)
        for step in ("open", "make", "type", "wait"):
            paper.say(said(step), width_mm=WIDTH_MM - QR_MM - 6 if step in ("open", "make") else WIDTH_MM)
        paper.ln(2)
    paper.say(said("without_phone" if kind == ending.NONE else "ending.help"))
    paper.say(said("ending.ask"), 12, 7)


def _sums(paper: Letters, letter: Warned) -> None:
    ends = letter.ending.ends
    for end in ends[:MOST_ENDS]:
        paper.say(paper.said("ending.sum", amount_won=end.amount_won, in_words=amount.words(end.amount_won, FIRST),
                             until=moment(end.expires_at_s - 1, FIRST, paper.zone, with_time=False)), 15, 9)
    rest_won = sum(end.amount_won for end in ends[MOST_ENDS:])
    if rest_won:
        paper.say(paper.said("ending.rest", amount_won=rest_won))
    paper.ln(1)
