"""Sentences in Python and in the browser: the same tables for both."""

import json
import re
import zoneinfo

import pytest
from playwright.sync_api import sync_playwright

from app.money.amount import figures, words
from tests.web.trial import ROOT

PHRASES = json.loads((ROOT / "tests/vectors/phrases.json").read_text())
NOUNS = "장부 명단 한도 검인 열쇠 단말기 가게 거래 결제 환불 번호 카드 영수증 지갑 금액 정책 가맹점 고지서 비밀번호 휴대전화 주인 손님 직원".split()
WON = json.loads((ROOT / "tests/vectors/won_words.json").read_text())


@pytest.mark.parametrize("phrase", PHRASES["phrases"], ids=lambda phrase: phrase["said"])
def test_a_sentence_takes_its_facts(shell, phrase):
    assert shell.words.zone == zoneinfo.ZoneInfo(PHRASES["zone"])
    assert shell.words.fill(phrase["language"], phrase["text"], phrase["facts"]) == phrase["said"]


def test_every_section_has_the_same_texts_in_every_language(shell):
    first, *others = [{name: set(texts) for name, texts in said.items()} for said in shell.words.texts.values()]
    assert all(other == first for other in others)


def test_a_korean_particle_fits_the_noun_before_it():
    said = (ROOT / "static" / "words" / "ko.json").read_text(encoding="utf-8")
    wrong = [found.group() for noun in NOUNS for found in re.finditer(f"(?<![가-힣]){noun}[{'를는가와' if _closes(noun) else '을은이과'}](?![가-힣])", said)]
    assert wrong == []


def _closes(noun: str) -> bool:
    """Whether its last syllable ends with a consonant."""
    return (ord(noun[-1]) - ord("가")) % 28 > 0


def test_what_a_page_carries_is_safe_inside_html(shell, client):
    html = client.get("/probe").text
    data = html.split('<template id="page">', 1)[1].split("</template>", 1)[0]
    assert "<" not in data and ">" not in data and "&" not in data
    assert set(json.loads(data)["words"]) == {"common", "refusals", "fields"}


def test_the_browser_says_the_same(port, chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(locale="fr-FR", timezone_id="America/Lima")  # neither the language nor the zone asked for
        page.goto(f"http://localhost:{port}/probe?lang=ko")
        base = json.loads(page.locator("#page").evaluate("element => element.content.textContent"))["static"]
        said = page.evaluate(
            """async ([base, phrases, zone]) => {
              const words = await import(base + "js/lib/words.js");
              return phrases.map(({text, facts, language}) => words.fill(text, facts, language, zone));
            }""",
            [base, PHRASES["phrases"], PHRASES["zone"]],
        )
        won = page.evaluate(
            """async ([base, rows]) => {
              const won = await import(base + "js/lib/won.js");
              return rows.map(({won: amount}) => ["ko", "en"].map((one) => [won.figures(amount, one), won.inWords(amount, one)]));
            }""",
            [base, WON],
        )
        browser.close()
    assert said == [phrase["said"] for phrase in PHRASES["phrases"]]
    assert won == [[[row["figures"][one], row["words"][one]] for one in ("ko", "en")] for row in WON]
    assert won == [[[figures(row["won"], one), words(row["won"], one)] for one in ("ko", "en")] for row in WON]
