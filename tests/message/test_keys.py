"""Keys and their files: only their owner reads them, none is overwritten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refusal, SetupError
from app.message import keys


def test_a_key_is_the_one_of_rfc_8032():
    """Test 2 of RFC 8032 §7.1."""
    signer = keys.Signer(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert signer.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")


def test_every_new_key_is_another_and_a_good_one():
    seeds = {keys.new_seed() for _ in range(20)}
    assert len(seeds) == 20
    for seed in seeds:
        assert keys.check_public(keys.public(seed)) == keys.Signer(seed).public


@given(st.binary(max_size=40) | st.binary(min_size=32, max_size=32))
def test_any_bytes_are_a_key_or_refused_with_a_word(value):
    try:
        assert keys.check_public(value) == value
    except Refusal as refusal:
        assert refusal.word in {"BAD_FIELD", "SMALL_ORDER_KEY"}


def test_a_signer_never_shows_its_secret():
    seed = keys.new_seed()
    assert seed.hex() not in repr(keys.Signer(seed)) and not hasattr(keys.Signer(seed), "__dict__")


def test_a_seed_file_is_for_its_owner_alone_and_never_overwritten(tmp_path):
    path, seed = tmp_path / "receipt.key", keys.new_seed()
    keys.write_seed(path, seed)
    assert (path.stat().st_mode & 0o777, keys.read_seed(path)) == (0o600, seed)
    with pytest.raises(SetupError, match="never overwritten"):
        keys.write_seed(path, keys.new_seed())
    assert keys.read_seed(path) == seed


@pytest.mark.parametrize(("text", "mode", "said"), [
    (b"00" * 32, 0o644, "chmod 600"),
    (b"00" * 31, 0o600, "64 hex digits"),
    (b"zz" * 32, 0o600, "64 hex digits"),
    (b"\xff" * 32, 0o600, "can't be read"),
])
def test_a_wrong_key_file_is_named_with_what_to_do(tmp_path, text, mode, said):
    path = tmp_path / "key"
    path.write_bytes(text)
    path.chmod(mode)
    with pytest.raises(SetupError, match=said):
        keys.read_seed(path)


def test_a_missing_key_file_is_named(tmp_path):
    with pytest.raises(SetupError, match="is missing"):
        keys.read_seed(tmp_path / "none")


def test_where_files_have_no_modes_a_key_file_is_read_whatever_its_mode(tmp_path, monkeypatch):
    """Windows calls every file that can be written readable by all."""
    file = tmp_path / "till.key"
    keys.write_seed(file, bytes(range(32)))
    file.chmod(0o666)
    with pytest.raises(SetupError, match="readable by others"):
        keys.read_seed(file)
    monkeypatch.setattr(keys, "POSIX", False)
    assert keys.read_seed(file) == bytes(range(32))
