"""The closed list of refusals: what HAGC answers when it will not do a thing.

A refusal is a word with a stable number, never free text; its sentences stand in
static/words/*.json, in every language. Order of precedence = order of numbers: when
several rules are broken, the lowest number is answered.

    1xx  the message itself      2xx  the rules of money      3xx  the counter and the page

final      the same message can never succeed; the word is remembered until it expires
retryable  nothing is remembered; the same message may be sent again

A bug is not a refusal: it asserts and stops.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    number: int
    word: str
    final: bool


FINAL, RETRY = True, False

_LIST = (
    # the message itself
    (101, "TOO_LONG", FINAL),
    (102, "NOT_CANONICAL", FINAL),
    (103, "TRAILING_BYTES", FINAL),
    (104, "NOT_A_MESSAGE", FINAL),
    (105, "UNKNOWN_KIND", FINAL),
    (106, "OTHER_HOST", FINAL),
    (107, "BAD_FIELD", FINAL),
    (108, "SMALL_ORDER_KEY", FINAL),
    (109, "UNKNOWN_KEY", RETRY),
    (110, "MALLEATED_SIGNATURE", FINAL),
    (111, "WRONG_PURPOSE", FINAL),
    (112, "OTHER_CHAIN", FINAL),
    (113, "BAD_SIGNATURE", FINAL),
    (114, "ID_UNDER_OTHER_KEY", FINAL),
    (115, "REVOKED_KEY", FINAL),
    # the rules of money: who
    (201, "HALTED", RETRY),
    (202, "UNKNOWN_OFFICER", RETRY),
    (203, "OFFICER_NOT_VALID", FINAL),
    (204, "NO_RIGHT", FINAL),
    (205, "SAME_OFFICER", FINAL),
    (206, "APPROVALS_MISSING", RETRY),
    (207, "UNKNOWN_TILL", RETRY),
    (208, "TILL_REVOKED", FINAL),
    (209, "WRONG_SHOP", FINAL),
    (210, "UNKNOWN_SHOP", RETRY),
    (211, "SHOP_CLOSED", FINAL),
    (212, "UNKNOWN_ACCOUNT", RETRY),
    # already done, or too late
    (220, "CODE_USED", FINAL),
    (221, "REQUEST_PAID", FINAL),
    (222, "ALREADY_DONE", FINAL),
    (223, "EXPIRED", FINAL),
    (224, "TOO_FAR_AHEAD", RETRY),
    # what the two messages say of each other
    (230, "OTHER_CODE", FINAL),
    (231, "OTHER_REQUEST", FINAL),
    (232, "AMOUNT_DIFFERS", FINAL),
    (233, "OVER_CAP", FINAL),
    # the payer
    (240, "ACCOUNT_FROZEN", FINAL),
    (241, "WRONG_CATEGORY", FINAL),
    (242, "COINS_EXPIRED", FINAL),
    (243, "NOT_ENOUGH", FINAL),
    (244, "TAKEN_TWICE", FINAL),
    (245, "OVER_DAY_LIMIT", FINAL),
    # refund
    (250, "UNKNOWN_PAYMENT", RETRY),
    (251, "OTHER_SHOPS_SALE", FINAL),
    (252, "MORE_THAN_PAID", FINAL),
    (253, "SHOP_SHORT", FINAL),
    (254, "VOID_TOO_LATE", FINAL),
    # without a network
    (255, "TAKEN_TOO_LATE", FINAL),
    (256, "OFFLINE_OFF", RETRY),
    (257, "OFFLINE_BARRED", RETRY),
    (258, "OFFLINE_DAY_FULL", RETRY),
    (259, "BEARER_SHORT", RETRY),
    # programmes, lists, registers
    (260, "UNKNOWN_PROGRAMME", RETRY),
    (261, "PROGRAMME_NOT_OPEN", FINAL),
    (262, "PROGRAMME_FIXED", FINAL),
    (263, "BUDGET_SPENT", FINAL),
    (264, "BUDGET_UNDER_ISSUED", FINAL),
    (265, "LIST_DIFFERS", FINAL),
    (266, "LIST_PAID", FINAL),
    (267, "ROW_OUT_OF_ORDER", RETRY),
    (268, "NUMBER_TAKEN", FINAL),
    (269, "KEY_TAKEN", FINAL),
    (270, "PERSON_LINKED", FINAL),
    (271, "ACCOUNT_LINKED", FINAL),
    (272, "NOTHING_TO_EXPIRE", FINAL),
    (273, "POLICY_FULL", RETRY),
    (274, "OVER_OFFICER_LIMIT", RETRY),
    (275, "OWN_CASE", FINAL),
    (276, "NOTHING_TO_RECALL", FINAL),
    (277, "PERSON_NAMED", FINAL),
    # the counter and the page
    (301, "UNREADABLE", FINAL),
    (302, "NOT_FOUND", RETRY),
    (303, "TOO_LARGE", FINAL),
    (304, "TOO_MANY", RETRY),
    (305, "SIGN_IN_FIRST", RETRY),
    (306, "SIGN_IN_WRONG", RETRY),
    (307, "NOT_YOURS", FINAL),
    (308, "FORM_EXPIRED", RETRY),
    (309, "FIELD_MISSING", RETRY),
    (310, "FIELD_WRONG", RETRY),
    (311, "METHOD_NOT_ALLOWED", FINAL),
    (312, "OWNER_ONLY", RETRY),
    (313, "MAKER_NOT_VALID", RETRY),
    (314, "OFFICER_TURN", RETRY),
    (320, "ROW_UNKNOWN_PERSON", FINAL),
    (321, "ROW_TWICE", FINAL),
    (322, "ROW_AMOUNT_WRONG", FINAL),
    (323, "ROW_NOT_LINKED", FINAL),
    (324, "ROW_RESIDENT_NUMBER", FINAL),
    (325, "ROW_COLUMNS", FINAL),
    (326, "ROWS_TOO_MANY", FINAL),
    (327, "ROWS_NOT_SET_ASIDE", RETRY),
    (328, "LIST_EMPTY", RETRY),
    (329, "LIST_CLOSED", RETRY),
    (330, "REASON_MISSING", RETRY),
    (331, "RESIDENT_NUMBER", FINAL),
    (332, "OWN_RECORD", FINAL),
    (333, "CALL_TAKEN", RETRY),
    (334, "CALL_NOT_OPENED", RETRY),
    (335, "ROW_LOCKED", FINAL),
    (336, "ROW_OVER_HOLDING", FINAL),
    (337, "ROW_NOTHING_LEFT", FINAL),
    (338, "LIST_SPENT", FINAL),
    (339, "ADDRESS_MISSING", RETRY),
    (339, "DOOR_ANEW", FINAL),
    (340, "PAIRING_UNKNOWN", RETRY),
    (341, "PAIRING_OVER", FINAL),
    (342, "JOIN_CODE_WRONG", RETRY),
    (343, "ADDRESS_LONG", RETRY),
    (350, "CHECKOUT_DIFFERS", FINAL),
    (351, "CHECKOUT_OVER", FINAL),
    (352, "TOKEN_UNKNOWN", RETRY),
    (353, "WEBHOOK_ADDRESS", FINAL),
    (354, "SUM_DIFFERS", FINAL),
    (355, "QUEUE_FILE", FINAL),
    # files of lists
    (360, "FILE_KIND", FINAL),
    (361, "FILE_OLD", FINAL),
    (362, "FILE_LOCKED", FINAL),
    (363, "FILE_SHEETS", FINAL),
    (364, "FILE_SWELLS", FINAL),
    (365, "FILE_WIDE", FINAL),
    (366, "COLUMNS_MISSING", RETRY),
    (367, "LIST_NOT_READY", RETRY),
    (368, "LIST_SEEN", RETRY),
    (369, "LIST_OVERTAKEN", RETRY),
    (370, "ROW_EMPTY", FINAL),
    (371, "ROW_FORMULA", FINAL),
    (372, "ROW_MERGED", FINAL),
    (373, "ROW_BIRTH_DATE", FINAL),
    (374, "ROW_SAME_NAME", FINAL),
    (375, "ROW_OVER_LIMIT", FINAL),
    (376, "ROW_AMOUNT_COMMAS", FINAL),
    (377, "ROW_AMOUNT_NEGATIVE", FINAL),
    (378, "ROW_AMOUNT_DECIMALS", FINAL),
    (379, "ROW_AMOUNT_DATE", FINAL),
    # paper cards
    (380, "CARD_UNKNOWN", RETRY),
    (381, "CARD_BLOCKED", RETRY),
    (382, "CARD_NOT_YET", RETRY),
    (383, "CARD_WAIT", RETRY),
    (384, "CARD_PIN_WRONG", RETRY),
    (385, "CARD_UNCAPPED", RETRY),
    (386, "CARD_STOCK_FULL", RETRY),
    (387, "CARD_IN_USE", FINAL),
    (390, "BUSY", RETRY),
    (399, "INTERNAL", RETRY),
)

WORDS: dict[str, Word] = {word: Word(number, word, final) for number, word, final in _LIST}
BY_NUMBER: dict[int, Word] = {entry.number: entry for entry in WORDS.values()}


class Refusal(Exception):
    """A worded no. `facts` fill the sentence: figures, names, what to do next."""

    def __init__(self, word: str, **facts: int | str):
        super().__init__(word)
        self.rule = WORDS[word]
        self.facts = facts

    @property
    def word(self) -> str:
        return self.rule.word

    @property
    def number(self) -> int:
        return self.rule.number

    @property
    def final(self) -> bool:
        return self.rule.final

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refusal) and (self.rule, self.facts) == (other.rule, other.facts)

    __hash__ = None


class SetupError(Exception):
    """The operator must act before the program can run: one line that says what to do."""
