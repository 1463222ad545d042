"""The table of kinds: complete, without overlap, and the same in CDDL."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from app.errors import Refusal
from app.message import kinds
from app.money import orders, orders_office, orders_offline, orders_publishing, orders_reading
from app.money.rules import RULES
from tests.vectors import make

FOLDER = Path(kinds.__file__).parent
FORMS = {form for module in (orders, orders_office, orders_offline, orders_publishing, orders_reading) for _, form in inspect.getmembers(module, inspect.isclass)}
FORMS -= {orders.Signed, orders.Sale, orders.Act, orders.Row}


def test_every_message_object_has_one_kind_and_every_number_is_kept():
    assert {kind.form for kind in kinds.IMPLEMENTED} == FORMS
    assert sorted(kinds.BY_NUMBER) == [*range(48), 51, 52, 53]
    assert len(kinds.BY_NAME) == 51
    assert not {kinds.GENESIS, kinds.BLOCK, kinds.ROW, kinds.ROW_BACK} & set(kinds.BY_NUMBER)


@pytest.mark.parametrize("kind", kinds.IMPLEMENTED, ids=lambda kind: kind.name)
def test_fields_are_signed_in_the_order_of_the_object_and_the_signer_comes_first(kind):
    names = [name for name, _ in kind.shapes]
    assert names == [field.name for field in dataclasses.fields(kind.form)]
    assert names[0] in {"alias", "till", "operational", "officer", "root", "signer", "key", "number"}


@pytest.mark.parametrize("body", make.BODIES, ids=lambda body: kinds.of(body).name)
def test_a_field_of_the_wrong_shape_is_named(body):
    for name, _ in kinds.of(body).shapes:
        for wrong in (-1, 2**53, True, "text", None, 1.5, [], b"\0" * 300):
            with pytest.raises(Refusal) as refused:
                kinds.items_of(dataclasses.replace(body, **{name: wrong}))
            assert (refused.value.word, refused.value.facts["field"]) == ("BAD_FIELD", name)


def test_every_message_that_may_expire_has_a_longest_life():
    living = {kind.form for kind in kinds.IMPLEMENTED if "expires_at_s" in dict(kind.shapes)}
    for rules in RULES.values():
        assert set(rules.max_life_s) == living


def titled():
    """(name in CDDL, layout) of every version."""
    for kind in kinds.IMPLEMENTED:
        for version, layout in enumerate(kind.layouts, 1):
            yield kind.name if version == 1 else f"{kind.name}-{version}", layout


def test_what_version_1_can_say_is_not_read_in_version_2():
    request = next(body for body in make.BODIES if type(body) is orders.Request and not body.cashier)
    values = [getattr(request, name) for name, _ in kinds.of(request).shapes]
    assert kinds.items_of(request) == [8, *values[:-1]]
    assert kinds.items_of(dataclasses.replace(request, cashier=3)) == [9, *values[:-1], 3]
    with pytest.raises(Refusal, match="BAD_FIELD"):
        kinds.read([9, *values])


def test_the_cddl_says_what_the_table_says():
    text = (FOLDER / "messages.cddl").read_text(encoding="utf-8")
    rules = dict(re.findall(r"^([a-z0-9-]+) = (\[.*?\])$", text, re.MULTILINE | re.DOTALL))
    described = {name: re.sub(r"\s+", " ", rule) for name, rule in rules.items() if name not in {"COSE-Sign1", "sig-structure"}}
    assert described == {
        title: "[ " + ", ".join([str(layout.tag), *(f"{name}: {shape.text}" for name, shape in layout.shapes)]) + " ]"
        for title, layout in titled()}
    listed = re.search(r"^payload = (.*?)\n\n", text, re.MULTILINE | re.DOTALL)[1]
    assert [name.strip() for name in listed.split("/")] == [title for title, _ in titled()]
