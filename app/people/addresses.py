"""Where letters go: a file of the office's own, read for one printing and kept nowhere. The register holds no address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import Refusal
from app.people import register, sheet
from app.people.columns import text_of
from app.people.people import People
from app.people.shapes import one_line

CHARACTERS = 90     # of one address: what a window shows


@dataclass(frozen=True, slots=True, repr=False)
class Addresses:
    """By the office's reference. No repr: nobody's address stands in a log."""

    of: Mapping[str, str] = field(default_factory=dict)
    must: bool = False      # nobody of a file may be without one

    def expect(self, people: People, persons: Sequence[bytes]) -> None:
        """Asked before anything is printed or written down. ADDRESS_MISSING (facts `rows`, `reference`: how many, and the first)."""
        if not self.must:
            return
        references = register.references(people, persons)
        missing = [references[person] for person in persons if person in references and references[person] not in self.of]
        if missing:
            raise Refusal("ADDRESS_MISSING", rows=len(missing), reference=missing[0])


NONE = Addresses()


def read(raw: bytes, must: bool) -> Addresses:
    """The first cell of a row is the reference, the others are the address. A heading is nobody's. Raises what
    `sheet.rows` does, and ADDRESS_LONG (fact `row`)."""
    found = {}
    for number, row in enumerate(sheet.rows(raw), 1):
        reference, *parts = [one_line(text_of(cell)) for cell in row] or [""]
        address = " ".join(filter(None, parts))
        if len(address) > CHARACTERS:
            raise Refusal("ADDRESS_LONG", row=number)
        if reference and address:
            found[reference.upper()] = address
    return Addresses(found, must)
