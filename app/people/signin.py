"""Officers sign in: a password and a one-time code from their phone, and a session that the server can end.

Roles and keys are on the chain; here is only who may open the console. Every wrong try, whether the login exists
or not, takes the same path, the same time and the same word.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

import argon2
import pyotp

from app.errors import Refusal
from app.people import access
from app.people.people import People
from app.people.shapes import even, one_line
from app.store.database import sqlite

PASSWORD_CHARACTERS = 12, 200
FREE_TRIES = 5
LONGEST_WAIT_S = 900
FORGET_TRIES_S = 86_400
TOTP_STEP_S = 30
IDLE_S = 30 * 60
SESSION_S = 9 * 3600
ENROL_S = 7 * 86_400
ISSUER = "HAGC"


@dataclass(frozen=True, slots=True)
class OfficerLogin:
    number: int  # the officer's on the chain
    name: str
    login: str
    example: bool
    disabled: bool
    enrolled_at_s: int | None
    roles: int  # asked of the roots; what they signed stands in the ledger


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What an officer's phone must learn, shown once. No repr: it is a secret."""

    number: int
    name: str
    login: str
    totp_secret: str
    uri: str  # otpauth://, for a QR


def invite(people: People, number: int, name: str, login: str, roles: int = 0, example: bool = False) -> str:
    """A code (good once, 7 days) with which officer `number` enrols; an earlier enrolment ends at once. roles: what
    the roots are to be asked for, a sum of orders.MAKER … ADMINISTRATOR.

    Raises FIELD_WRONG, NUMBER_TAKEN (another officer has this login).
    """
    name, login = one_line(name), _login(login)
    if not 1 <= len(name) <= 60:
        raise Refusal("FIELD_WRONG", field="name")
    with people.write() as connection:
        _put_officer(connection, (number, name, login, int(example), roles))
        return _once(connection, number, "enrol", people.now_s() + ENROL_S)


def invite_again(people: People, number: int, by: int, why: str) -> str:
    """A code (good once, 7 days) with which officer `number` chooses a password and a phone anew; the old ones and all
    sessions end at once, number, roles and key stay. On the access record as `by`'s deed.

    Raises NOT_FOUND, OFFICER_NOT_VALID (shut out), REASON_MISSING, RESIDENT_NUMBER.
    """
    with people.write() as connection:
        found = _officer(connection, number)
        if found.disabled:
            raise Refusal("OFFICER_NOT_VALID")
        access.record(connection, access.Access(0, people.now_s(), by, access.of_officer(number), access.AGAIN, why))
        connection.execute("DELETE FROM session WHERE officer = ?", (number,))
        connection.execute("DELETE FROM once WHERE officer = ?", (number,))
        connection.execute("DELETE FROM tries WHERE subject = ?", (_digest(found.login),))
        connection.execute(
            "UPDATE officer SET password = '', totp_secret = '', totp_step = 0, enrolled_at_s = NULL WHERE number = ?", (number,))
        return _once(connection, number, "enrol", people.now_s() + ENROL_S)


def _put_officer(connection: sqlite.Connection, officer: tuple[int, str, str, int, int]) -> None:
    number, _, login, *_ = officer
    if connection.execute("SELECT 1 FROM officer WHERE login = ? AND number <> ?", (login, number)).fetchone():
        raise Refusal("NUMBER_TAKEN", field="login")
    connection.execute("DELETE FROM officer WHERE number = ?", (number,))  # and sessions and codes with it
    connection.execute("INSERT INTO officer (number, name, login, example, roles) VALUES (?, ?, ?, ?, ?)", officer)


def _login(text: str) -> str:
    text = text.strip().lower()
    if not re.fullmatch(r"[a-z0-9.-]{2,40}", text):
        raise Refusal("FIELD_WRONG", field="login")
    return text


def begin_enrolment(people: People, code: str) -> Enrolment:
    """Shows the secret for the officer's phone; nothing is enrolled yet, and the code stays good.

    Raises SIGN_IN_WRONG for a code that is unknown, used or too old.
    """
    with people.write() as connection:
        officer = _officer_of_code(connection, code, "enrol", people.now_s())
        # Kept from the first look on: a second look, after a reload, must not show another secret.
        connection.execute(
            "UPDATE officer SET totp_secret = ? WHERE number = ? AND totp_secret = ''",
            (pyotp.random_base32(), officer.number),
        )
        (secret,) = connection.execute(
            "SELECT totp_secret FROM officer WHERE number = ?", (officer.number,)
        ).fetchone()
    uri = pyotp.TOTP(secret).provisioning_uri(name=officer.login, issuer_name=ISSUER)
    return Enrolment(officer.number, officer.name, officer.login, secret, uri)


def finish_enrolment(people: People, code: str, password: str, totp: str) -> OfficerLogin:
    """Sets the password once the phone shows a right code. Raises SIGN_IN_WRONG, FIELD_WRONG, TOO_MANY."""
    least, most = PASSWORD_CHARACTERS
    if not least <= len(password) <= most:
        raise Refusal("FIELD_WRONG", field="password", least=least, most=most)
    with people.write() as connection:
        officer = _officer_of_code(connection, code, "enrol", people.now_s())
    _count_try(people, code)
    hashed = argon2.PasswordHasher().hash(password)
    with people.write() as connection:
        officer = _officer_of_code(connection, code, "enrol", people.now_s())
        _use_totp(connection, officer.number, totp, people.now_s())
        connection.execute("DELETE FROM once WHERE digest = ?", (_digest(code),))
        connection.execute(
            "UPDATE officer SET password = ?, enrolled_at_s = ? WHERE number = ?",
            (hashed, people.now_s(), officer.number),
        )
        return _officer(connection, officer.number)


def sign_in(people: People, login: str, password: str, totp: str) -> str:
    """The token of a new session, for a cookie.

    Raises SIGN_IN_WRONG, whatever was wrong; TOO_MANY (fact `wait_s`) before the next try is looked at.
    """
    login = login.strip().lower()[:200]
    _count_try(people, login)
    row = people.read().execute(
        "SELECT number, password FROM officer WHERE login = ? AND disabled = 0 AND password <> ''", (login,)
    ).fetchone()
    number, hashed = row or (None, None)
    if not _password_right(hashed, password):
        raise Refusal("SIGN_IN_WRONG")
    with people.write() as connection:
        _use_totp(connection, number, totp, people.now_s())
        connection.execute("DELETE FROM tries WHERE subject = ?", (_digest(login),))
        return _start(connection, number, people.now_s())


def _password_right(hashed: str | None, password: str) -> bool:
    hasher = argon2.PasswordHasher()
    password = password[: PASSWORD_CHARACTERS[1] + 1]
    if hashed is None:
        hasher.hash(password)  # takes as long as a look at a real one
        return False
    try:
        return hasher.verify(hashed, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _count_try(people: People, subject: str) -> None:
    """Counts a try before it is looked at, so that many at once can't all slip through."""
    now_s, digest = people.now_s(), _digest(subject)
    with people.write() as connection:
        connection.execute("DELETE FROM tries WHERE wait_until_s < ?", (now_s - FORGET_TRIES_S,))
        row = connection.execute("SELECT failed, wait_until_s FROM tries WHERE subject = ?", (digest,)).fetchone()
        failed, wait_until_s = row or (0, now_s)
        if wait_until_s > now_s:
            raise Refusal("TOO_MANY", wait_s=wait_until_s - now_s)
        failed += 1
        wait_s = 0 if failed < FREE_TRIES else min(2 ** min(failed - FREE_TRIES + 1, 20), LONGEST_WAIT_S)
        connection.execute("INSERT OR REPLACE INTO tries VALUES (?, ?, ?)", (digest, failed, now_s + wait_s))


def _use_totp(connection: sqlite.Connection, number: int, totp: str, now_s: int) -> None:
    """RFC 6238, one step of 30 s to either side; a step that was used, and all before it, are refused (§5.2)."""
    secret, last_step = connection.execute(
        "SELECT totp_secret, totp_step FROM officer WHERE number = ?", (number,)
    ).fetchone()
    typed = re.sub(r"\s", "", even(totp)).encode()
    right = None
    for step in range(now_s // TOTP_STEP_S - 1, now_s // TOTP_STEP_S + 2):
        same = bool(secret) and hmac.compare_digest(pyotp.TOTP(secret).at(step * TOTP_STEP_S).encode(), typed)
        right = step if same and step > last_step else right
    if right is None:
        raise Refusal("SIGN_IN_WRONG")
    connection.execute("UPDATE officer SET totp_step = ? WHERE number = ?", (right, number))


def one_time_code(people: People, number: int, life_s: int = 86_400) -> str:
    """A code that opens one session without a password: for the officers of a trial city, and NO_RIGHT for others."""
    with people.write() as connection:
        if not _officer(connection, number).example:
            raise Refusal("NO_RIGHT")
        return _once(connection, number, "sign-in", people.now_s() + life_s)


def sign_in_once(people: People, code: str) -> str:
    """The token of a new session for a one-time code. Raises SIGN_IN_WRONG."""
    with people.write() as connection:
        officer = _officer_of_code(connection, code, "sign-in", people.now_s())
        connection.execute("DELETE FROM once WHERE digest = ?", (_digest(code),))
        return _start(connection, officer.number, people.now_s())


def _once(connection: sqlite.Connection, number: int, purpose: str, expires_at_s: int) -> str:
    code = secrets.token_urlsafe(24)
    connection.execute("INSERT INTO once VALUES (?, ?, ?, ?)", (_digest(code), number, purpose, expires_at_s))
    return code


def _officer_of_code(connection: sqlite.Connection, code: str, purpose: str, now_s: int) -> OfficerLogin:
    row = connection.execute(
        "SELECT officer FROM once WHERE digest = ? AND purpose = ? AND expires_at_s > ?",
        (_digest(code), purpose, now_s),
    ).fetchone()
    officer = _officer(connection, row[0]) if row else None
    if officer is None or officer.disabled:
        raise Refusal("SIGN_IN_WRONG")
    return officer


def _start(connection: sqlite.Connection, number: int, now_s: int) -> str:
    connection.execute("DELETE FROM session WHERE expires_at_s <= ? OR seen_at_s <= ?", (now_s, now_s - IDLE_S))
    token = secrets.token_urlsafe(32)
    connection.execute("INSERT INTO session VALUES (?, ?, ?, ?)", (_digest(token), number, now_s, now_s + SESSION_S))
    return token


def who(people: People, token: str) -> OfficerLogin:
    """The officer of a session; ends after 30 minutes without a page, or 9 hours. Raises SIGN_IN_FIRST."""
    now_s = people.now_s()
    row = people.read().execute(
        "SELECT officer.number, seen_at_s FROM session JOIN officer ON officer.number = session.officer"
        " WHERE digest = ? AND session.expires_at_s > ? AND seen_at_s > ? AND disabled = 0",
        (_digest(token), now_s, now_s - IDLE_S),
    ).fetchone()
    if row is None:
        raise Refusal("SIGN_IN_FIRST")
    number, seen_at_s = row
    if now_s - seen_at_s >= 60:  # a page load should not cost a write
        with people.write() as connection:
            connection.execute("UPDATE session SET seen_at_s = ? WHERE digest = ?", (now_s, _digest(token)))
    return _officer(people.read(), number)


def form_token(token: str) -> str:
    """What a form of this session must carry, so that no other site can post it."""
    digest = hashlib.sha256(b"hagc/form/1\0" + token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_form(token: str, given: str) -> None:
    """Raises FORM_EXPIRED when the form is of another session."""
    if not hmac.compare_digest(form_token(token).encode(), given.encode()):
        raise Refusal("FORM_EXPIRED")


def sign_out(people: People, token: str) -> None:
    with people.write() as connection:
        connection.execute("DELETE FROM session WHERE digest = ?", (_digest(token),))


def disable(people: People, number: int, disabled: bool = True) -> None:
    """Shuts an officer out and ends all sessions, or lets one back in. NOT_FOUND when there is none."""
    with people.write() as connection:
        _officer(connection, number)
        connection.execute("UPDATE officer SET disabled = ? WHERE number = ?", (int(disabled), number))
        connection.execute("DELETE FROM session WHERE officer = ?", (number,))


def ask_for(people: People, number: int, roles: int) -> None:
    """Other roles are to be asked of the roots. NOT_FOUND."""
    with people.write() as connection:
        _officer(connection, number)
        connection.execute("UPDATE officer SET roles = ? WHERE number = ?", (roles, number))


def officer(people: People, number: int) -> OfficerLogin:
    """NOT_FOUND when there is none."""
    return _officer(people.read(), number)


def officers(people: People) -> list[OfficerLogin]:
    rows = people.read().execute("SELECT number FROM officer ORDER BY number").fetchall()
    return [_officer(people.read(), number) for (number,) in rows]


def _officer(connection: sqlite.Connection, number: int) -> OfficerLogin:
    row = connection.execute(
        "SELECT number, name, login, example, disabled, enrolled_at_s, roles FROM officer WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        raise Refusal("NOT_FOUND", field="officer")
    number, name, login, example, disabled, enrolled_at_s, roles = row
    return OfficerLogin(number, name, login, bool(example), bool(disabled), enrolled_at_s, roles)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
