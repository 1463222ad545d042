"""What the wallet weighs until it is usable, and in all: a prepaid phone on a slow line pays for every byte. How long that
takes is measured by `python -m tests.bench.wallet_load`; bytes and files are the same on every machine."""

from tests.bench.wallet_load import BALANCE, Load, measure
from tests.wallet.phone import new_phone

FIRST_BYTES, ALL_BYTES = 40_000, 60 * 1024
FIRST_FILES = 12        # a browser asks for six at a time, so these are two rounds


def holds(load: Load) -> None:
    assert 20_000 < load.first_bytes <= FIRST_BYTES
    assert 6 < load.first_files <= FIRST_FILES
    assert load.first_bytes <= load.all_bytes <= ALL_BYTES


def test_a_first_visit_is_light(browser, town):
    phone = new_phone(browser, town, service_workers="block")
    holds(measure(phone, slowly=False))
    phone.context.close()


def test_a_visit_of_somebody_with_a_wallet_is_light(browser, town):
    phone = new_phone(browser, town, service_workers="block").open()
    phone.with_money(30_000)
    phone.page.get_by_text("까지 낼 수 있습니다").wait_for()          # its certificate for the day is there
    load = measure(phone, slowly=False, asks=BALANCE)
    holds(load)
    assert load.all_bytes > load.first_bytes + 10_000       # it has asked how the account stands
    phone.context.close()
