"""Whatever is sent to the API: never a bug, always a known word as problem+json, and nobody's money moves."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.desk import lookup
from app.errors import WORDS
from app.message import canon, cose, kinds
from app.web import pace
from tests.cast import City, Line, raw, sale, text

POSTS = {
    "/api/sales": ("payer", "payee", "sales"), "/api/refunds": ("message",), "/api/accounts": ("message",),
    "/api/aliases": ("message",), "/api/joins": ("message", "code"),
    "/api/tills/pair": ("code", "key", "refund_key", "proof", "refund_proof"),
    "/api/till/staff": ("version", "cashier"), "/api/till/shop": ("before",),
    "/api/till/sign-in": ("cashier", "pin", "card"), "/api/mistakes": ("entry",), "/api/close": ("scope", "first", "last", "cashier"), "/api/till/questions": ("entry", "cashier"),
}
GETS = ["/api/wallet", "/api/till", "/api/preview", "/api/city", "/api/directory", "/api/directory/signature", "/api/words",
        "/api/events", "/api/events/poll", "/api/till/staff", "/api/till/questions", "/api/mistakes/1", "/api/close", "/api/closings",
        "/api/till/receipts/1"]
NAMES = sorted({name for names in POSTS.values() for name in names})

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary().map(text),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=4),
    max_leaves=12,
)
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Town:
    """One town for all examples, and messages that are nearly right."""

    def __init__(self, path):
        self.city = City(path)
        self.line: Line = self.city.line()
        self.kim, self.till = self.city.wallet(help_won=100_000), self.city.till()
        code, request = self.kim.code(1_000), self.till.request(1_000)
        entry = self.line.post("/api/sales", sale(code, self.till.charge(code, 1))).json["entry"]
        self.messages = [
            code, request, self.till.charge(code, 1_000), self.kim.payment(request), self.till.refund(entry, 1), self.kim.opening(),
            self.kim.batch(), self.kim.session(), self.kim.joining(), self.till.session(),
            self.city.approval(code), raw(self.line.get("/api/directory/signature").json["message"]),
        ]
        self.state = self.now()

    def now(self) -> tuple:
        """What must not move: the balance and the till's day."""
        return self.city.balance_won(self.kim), lookup.till(self.city.office, self.till.number)["day_total_won"]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    made = Town(tmp_path_factory.mktemp("city") / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "A_MINUTE", {})     # else TOO_MANY would be the answer to everything
        yield made
    assert made.now() == made.state
    made.city.close()


def judged(answer) -> str:
    """The word of a refusal, or empty; fails for anything that is neither an answer nor a worded no."""
    assert answer.status < 500, answer.body
    if answer.status < 400:
        return ""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["word"] in WORDS and problem["number"] == WORDS[problem["word"]].number
    assert problem["type"] == f"/problems/{problem['word']}" and problem["status"] == answer.status
    assert problem["title"] and problem["detail"] and problem["next"] and isinstance(problem["now_ms"], int)
    return problem["word"]


@pytest.mark.parametrize("path", POSTS)
@shared
@given(body=st.binary(max_size=400))
@example(body=b"")
@example(body=b"[" * 100_000)
@example(body=b'{"sales":' + b"[" * 5_000 + b"]" * 5_000 + b"}")
@example(body=b'{"payer":' + b"9" * 10_000 + b"}")
@example(body=b'{"message":"\\ud800"}')
@example(body=b'\xff\xfe{\x00}\x00')
@example(body=b'{"message":NaN}')
@example(body=b"\x00" * 300)
def test_any_bytes(town, path, body):
    assert judged(town.line.post(path, body))


@pytest.mark.parametrize("path", POSTS)
@shared
@given(found=anything)
def test_any_json(town, path, found):
    word = judged(town.line.post(path, json.dumps(found).encode()))
    assert word or (isinstance(found, dict) and isinstance(found.get("sales"), list))


@pytest.mark.parametrize("path", POSTS)
@shared
@given(data=st.data())
def test_the_right_fields_with_any_content(town, path, data):
    content = {name: data.draw(st.binary(max_size=200).map(text) | anything, label=name) for name in POSTS[path]}
    if path == "/api/sales":
        content.pop("sales")
        many = {"sales": [content, {**content, "payer": text(b"\x84")}]}
        answer = town.line.post(path, json.dumps(many).encode())
        assert judged(answer) or {each["problem"]["word"] for each in answer.json["answers"]} <= set(WORDS)
    assert judged(town.line.post(path, json.dumps(content).encode()))


@shared
@given(data=st.data())
def test_real_messages_with_a_changed_byte_or_in_the_wrong_place(town, data):
    """A message of every kind, whole or with one bit turned, cut or lengthened, wherever a message goes."""
    def nearly(label: str) -> bytes:
        message = bytearray(data.draw(st.sampled_from(town.messages), label=label))
        at = data.draw(st.integers(0, len(message) - 1), label=f"{label} at")
        how = data.draw(st.sampled_from(["turn", "cut", "add"]), label=f"{label} how")
        if how == "turn":
            message[at] ^= 1 << data.draw(st.integers(0, 7), label=f"{label} bit")
        return bytes(message[:at]) if how == "cut" else bytes(message) + (b"\0" if how == "add" else b"")

    path = data.draw(st.sampled_from(["/api/sales", "/api/refunds", "/api/accounts", "/api/aliases", "/api/joins"]))
    content = {name: text(nearly(name)) for name in ("payer", "payee", "message")} | {"code": "ABCD-EFGH"}
    assert judged(town.line.post(path, json.dumps(content).encode()))


@shared
@given(data=st.data())
def test_well_signed_messages_of_any_figures(town, data):
    """Not a forger but a till gone mad: its signature is true, its figures are anything that a message can hold."""
    kind = data.draw(st.sampled_from([kinds.BY_NAME[name] for name in ("charge", "request", "refund", "session")]))
    figures = st.integers(0, 2**53 - 1) | st.sampled_from([0, 1, town.till.number, town.city.now_s() + 100])
    values = []
    for name, shape in kind.shapes:
        choices = {"nonce": st.binary(min_size=8, max_size=8), "code_id": st.binary(min_size=32, max_size=32),
                   "reference": st.text("0123456789ABCXYZ-", max_size=19).map(str.encode)}
        value = data.draw(choices.get(name, figures), label=name)
        values.append(value if shape.fits(value) else 1)
    values[0] = town.till.number
    payload = canon.encode([kind.tag, *values])
    key = town.till.refund_key if kind.name == "refund" else town.till.key
    message = cose.assemble(payload, key.sign(cose.to_sign(kind.number, payload, town.city.chain_id)))
    entries = town.city.office.store.head().size
    assert judged(town.line.post("/api/sales", {"payer": text(town.kim.code(1)), "payee": text(message)}))
    refunded = town.line.post("/api/refunds", {"message": text(message)})
    assert judged(refunded) or kind.name == "refund"
    judged(town.line.get(f"/api/till?session={text(message)}"))
    assert town.city.office.store.head().size == entries or not judged(refunded)


@pytest.mark.parametrize("path", GETS)
@shared
@given(data=st.data())
def test_any_address_and_any_authorization(town, path, data):
    said = {name: data.draw(st.text(max_size=30), label=name) for name in ("session", "before", "shop", "amount_won", "after")}
    header = data.draw(st.sampled_from(["", "HAGC ", "HAGC", "Bearer x", "HAGC ="]) | st.binary(max_size=60).map(
        lambda octets: f"HAGC {text(octets)}"), label="Authorization")
    answer = town.line.to.get(path, query_string=said, headers={"Authorization": header, "Accept-Language": said["shop"][:5].encode(
        "ascii", "ignore").decode().replace("\n", "").replace("\r", "").replace("\0", "")})
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.json["word"] in WORDS


@shared
@given(expires=st.integers(0, 10**25) | st.text(max_size=20), said=st.text(max_size=70), code=st.text(max_size=20))
@example(expires=2**63, said="00" * 32, code="A" * 20_000)
@example(expires=2**53 - 1, said="00" * 32, code="\ud800")
@example(expires="-1", said="0" * 64, code="%00")
def test_any_path(town, expires, said, code):
    for path in (f"/api/outcomes/{expires}/{said}", f"/api/tills/pair/{code}", f"/api/{said}"):
        judged(town.line.get(quote(path.encode("utf-8", "surrogatepass"))))


@pytest.mark.parametrize("path", [*POSTS, *GETS, "/api/outcomes/1/" + "00" * 32])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_any_method(town, path, method):
    answer = town.line.to.open(path, method=method)
    assert answer.status_code < 500
    if answer.status_code == 405:
        assert answer.json["word"] == "METHOD_NOT_ALLOWED" and answer.headers["Allow"]


def test_base64url_has_one_form(town):
    """A message is one text: no padding, no spaces, no characters of the other base64, no bits to spare."""
    code = town.kim.code(1_000)
    charge = next(said for _ in range(99) if {"-", "_"} & set(said := text(town.till.charge(code, 5))) and len(said) % 4)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = charge[:-1] + last[last.index(charge[-1]) + 1]
    for wrong in (charge + "=", charge + "==", charge + " ", " " + charge, charge[:5] + "\n" + charge[5:], charge + "!", spare,
                  charge.replace("-", "+").replace("_", "/")):
        assert judged(town.line.post("/api/sales", {"payer": text(code), "payee": wrong})) == "FIELD_WRONG", wrong
