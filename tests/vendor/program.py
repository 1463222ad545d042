"""A vendor's program: a token and HTTP, nothing else."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Program:
    def __init__(self, url: str, token: str, till_number: int):
        self.url, self.token, self.till = url, token, till_number

    def ask(self, method: str, path: str, content: dict | None = None) -> dict:
        body = None if content is None else json.dumps(content).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            with urlopen(Request(self.url + path, body, headers, method=method), timeout=20) as answer:
                return json.load(answer)
        except HTTPError as error:
            return json.load(error)

    def put(self, checkout_id: str, won: int, deadline_s: int = 120, cashier: int = 2) -> dict:
        return self.ask("PUT", f"/api/checkouts/{checkout_id}", {
            "till": self.till, "amount_won": won, "reference_id": f"R-{won}", "deadline_s": deadline_s, "cashier": cashier})

    def state(self, checkout_id: str) -> dict:
        return self.ask("GET", f"/api/checkouts/{checkout_id}")
