"""Hands rings of the people database to whoever listens: every server process hears those of all of them."""

from collections.abc import Container

from app.desk.office import Office
from app.people import rings


class Doorbell:
    """What rang since the last call. One for each server process."""

    def __init__(self, office: Office):
        self._people = office.people
        self._heard = rings.last(office.people)

    def poll(self, listening: Container[str]) -> list[tuple[str, None, dict]]:
        """(topic, no id, event) of each ring: it is not of the ledger, so nobody comes back for it by number."""
        found = rings.after(self._people, self._heard)
        if found:
            self._heard = found[-1][0]
        return [(topic, None, {"event": event}) for _, topic, event in found if topic in listening]
