"""Every refusal is an answer in every language; nothing a client sends ends in a 5xx."""

import logging
import re

import pytest

from app.errors import WORDS, Refusal
from app.web.answers import STATUS, STATUS_OF, status_of

ALL_FACTS = {
    "longest": 122, "length": 200, "till": 7, "officer": 3, "shop": 4, "entry": 12, "row": 5, "next_row": 6, "next": 9,
    "programme": 2, "rows": 3, "most": 500, "least": 10, "needed": 2, "given": 1, "wait_s": 45, "error": "K7Q2AB",
    "field": "birth_date", "spendable_here_won": 12500, "balance_won": 30000, "missing_won": 500, "asked_won": 5000,
    "cap_won": 50000, "left_won": 900, "issued_won": 700, "expires_at_s": 1800000000, "valid_until_at_s": 1800000000,
    "sheets": 2, "reference": "P-0003", "limit_won": 20000, "made_at_s": 1700000000, "same": 12, "called_at_s": 1700000000, "again_at_s": 1800000000, "minutes": 10, "counted_won": 4000, "opens_at_s": 1700000000, "closes_at_s": 1800000000,
}


def test_every_status_names_words_that_exist_and_each_word_once():
    named = [word for words in STATUS.values() for word in words.split()]
    assert set(named) <= set(WORDS)
    assert len(named) == len(set(named)) == len(STATUS_OF)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_said_whole_with_all_facts_and_with_none(shell, language, word):
    for facts in ({}, ALL_FACTS):
        said = shell.words.refused(language, Refusal(word, **facts))
        for part, text in said.items():
            assert text and not text.startswith("refusals."), f"{word}.{part} is missing in {language}"
            assert not re.search(r"[{}\[\]]", text), f"{word}.{part}: {text}"
            assert "  " not in text and text == text.strip()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_fact_stands_only_where_it_may_be_left_out(shell, language):
    for word, said in shell.words.texts[language]["refusals"].items():
        bare = [re.sub(r"\[[^\[\]]*\]", "", text) for text in said.values()]
        assert not re.findall(r"\{\w+\}", " ".join(bare)), word


def test_no_test_forgets_a_fact_that_a_sentence_uses(shell):
    used = set()
    for language in shell.words.languages:
        for said in shell.words.texts[language]["refusals"].values():
            used |= set(re.findall(r"\{(\w+)\}", " ".join(said.values())))
    assert used <= set(ALL_FACTS)


@pytest.mark.parametrize("word", WORDS)
def test_the_api_answers_a_word_as_a_problem(client, word):
    answer = client.get(f"/api/refuse/{word}", headers={"Accept-Language": "en"})
    problem = answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert answer.status_code == problem["status"] == status_of(Refusal(word))
    assert 400 <= answer.status_code < 500 or word in ("INTERNAL", "HALTED", "BUSY")
    assert problem["type"] == f"/problems/{word}"
    assert (problem["word"], problem["number"], problem["final"]) == (word, WORDS[word].number, WORDS[word].final)
    assert problem["now_ms"] > 1_700_000_000_000


def test_a_problem_names_what_is_left_in_the_language_of_who_asks(client):
    path = "/api/refuse/NOT_ENOUGH?spendable_here_won=12500"
    assert "12,500원" in client.get(path).get_json()["detail"]
    english = client.get(path, headers={"Accept-Language": "fr;q=0.9, en-GB;q=0.8"})
    assert "12,500 won" in english.get_json()["detail"]
    assert english.headers["Content-Language"] == "en"
    assert english.get_json()["facts"] == {"spendable_here_won": 12500}


def test_what_was_chosen_goes_before_the_browsers_language_and_is_kept(client):
    first = client.get("/problems/NOT_ENOUGH?lang=en", headers={"Accept-Language": "ko"})
    assert "There is not enough" in first.text
    assert "There is not enough" in client.get("/problems/NOT_ENOUGH", headers={"Accept-Language": "ko"}).text
    assert "모자랍니다" in client.get("/problems/NOT_ENOUGH?lang=ko").text
    assert client.get("/problems/NOT_ENOUGH?lang=../../x").status_code == 200


def test_a_page_gets_a_page_and_the_api_a_problem(client):
    page = client.get("/nowhere")
    assert page.status_code == 404 and page.mimetype == "text/html" and "찾으시는 것이 없습니다" in page.text
    assert client.get("/api/nowhere").get_json()["word"] == "NOT_FOUND"


def test_a_wrong_method_says_which_are_right(client):
    answer = client.get("/api/echo")
    assert answer.status_code == 405 and answer.get_json()["word"] == "METHOD_NOT_ALLOWED"
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN', b'"\\ud800"', b"9" * 5000])
def test_a_broken_body_is_refused_and_no_bug(client, body):
    answer = client.post("/api/json", data=body, content_type="application/json")
    assert answer.get_json()["word"] == "UNREADABLE"
    assert client.post("/api/json", data=body, content_type="text/plain").get_json()["word"] == "UNREADABLE"


def test_a_problem_has_a_page_that_explains_it(client):
    assert "돈이 모자랍니다" in client.get("/problems/NOT_ENOUGH").text
    assert client.get("/problems/NO_SUCH_WORD").status_code == 404


def test_a_bug_shows_a_number_and_logs_its_place_but_no_personal_data(client, caplog):
    with caplog.at_level(logging.ERROR, "hagc.web"):
        problem = client.get("/api/bug?name=김영수").get_json()
    assert problem["word"] == "INTERNAL" and problem["status"] == 500
    number = problem["facts"]["error"]
    assert number in problem["detail"]
    assert number in caplog.text and "KeyError" in caplog.text and "trial.py" in caplog.text
    assert "김영수" not in caplog.text and "010-" not in caplog.text
    assert client.get("/bug").mimetype == "text/html"


def test_who_is_told_to_wait_is_told_how_long(client):
    assert client.get("/api/refuse/TOO_MANY?wait_s=45").headers["Retry-After"] == "45"
    assert client.get("/api/refuse/BUSY").headers["Retry-After"] == "2"


def test_every_answer_tells_the_time_and_a_long_one_is_packed(client):
    assert client.get("/api/hello").get_json()["now_ms"] > 1_700_000_000_000
    packed = client.get("/api/long", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < 1000
    assert "Content-Encoding" not in client.get("/api/long").headers
    client.set_cookie("session", "x")
    assert "Content-Encoding" not in client.get("/api/long", headers={"Accept-Encoding": "gzip"}).headers
