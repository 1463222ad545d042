"""`run --tls`: real https under an authority of this machine, its keys for the owner alone, and the page that hands it out."""

import hashlib
import json
import os
import ssl
import subprocess
import sys
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.web.certificates import AUTHORITY, local_authority
from tests.cast import City, until
from tests.web.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]


class Served:
    """A trial city as an operator starts it for phones."""

    def __init__(self, data: Path):
        self.data, self.port = data, free_port()
        command = [sys.executable, "-m", "app", "run", "--example", "--tls", "--data", str(data), "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "PYTHONUNBUFFERED": "1"})
        self.trust = None
        until(self._answers, 60)

    def _answers(self) -> bool:
        assert self.process.poll() is None
        try:
            return self.get("/health")[0] == 200
        except OSError:
            return False

    def get(self, path: str, trust: ssl.SSLContext | None = None):
        """(status, headers, body), trusting the authority and nothing else."""
        trust = trust or ssl.create_default_context(cafile=self.data / "tls" / AUTHORITY)
        connection = HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trust)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            connection.close()

    def close(self) -> str:
        """What it printed."""
        self.process.terminate()
        said = self.process.communicate(timeout=20)[0]
        assert self.process.returncode == 0
        return said


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = Served(tmp_path_factory.mktemp("tls") / "data")
    yield made
    made.process.kill()


def test_https_holds_for_who_trusts_the_authority_and_for_nobody_else(served):
    status, headers, _ = served.get("/")
    assert status == 200 and headers["strict-transport-security"] == "max-age=31536000"
    with pytest.raises(ssl.SSLCertVerificationError):
        served.get("/", ssl.create_default_context())


def test_the_certificate_is_one_that_phones_accept(served):
    """At most 825 days, for servers, with its names as alternatives: what an iPhone asks of it."""
    certificate = x509.load_pem_x509_certificate((served.data / "tls" / "server.pem").read_bytes())
    lives = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert lives.days <= 398 and ExtendedKeyUsageOID.SERVER_AUTH in purposes
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress))


def test_every_secret_is_for_its_owner_alone(served):
    secrets = [path for path in served.data.rglob("*") if path.suffix in (".key", ".seed", ".secret")]
    assert {path.name for path in secrets} >= {"authority.key", "server.key", "receipt.seed", "cookie.secret"}
    assert {path.name for path in secrets if path.stat().st_mode & 0o077} == set()
    assert (served.data / "tls").stat().st_mode & 0o077 == 0


def test_the_page_gives_the_authoritys_certificate_and_no_key(served):
    status, headers, body = served.get("/install/hagc-trial.crt")
    assert (status, headers["content-type"]) == (200, "application/x-x509-ca-cert")
    pem = (served.data / "tls" / AUTHORITY).read_text()
    assert body == ssl.PEM_cert_to_DER_cert(pem)
    status, _, page = served.get("/install")
    digits = hashlib.sha256(body).hexdigest().upper()
    assert status == 200 and ":".join(digits[at:at + 2] for at in range(0, 64, 2)) in page.decode()
    assert "안드로이드" in page.decode() and "iPhone" in served.get("/install?lang=en")[2].decode()
    assert [path for path in ("/install/authority.key", "/install/server.key", "/install/../tls/authority.key")
            if served.get(path)[0] == 200] == []


def test_a_phone_that_installed_the_downloaded_file_trusts_the_server(served):
    downloaded = served.get("/install/hagc-trial.crt")[2]
    phone = ssl.create_default_context(cadata=downloaded)
    assert json.loads(served.get("/health", phone)[2])["alive"]


def test_started_again_it_keeps_its_authority(served):
    before = (served.data / "tls" / AUTHORITY).read_bytes()
    said = served.close()
    assert "/install first" in said
    again = Served(served.data)
    assert (again.data / "tls" / AUTHORITY).read_bytes() == before
    again.close()


def test_without_tls_there_is_no_such_page(tmp_path):
    city = City(tmp_path / "data")
    local_authority(tmp_path / "data" / "tls", "localhost")     # of an earlier trial
    assert [city.line().get(path).status for path in ("/install", "/install/hagc-trial.crt")] == [404, 404]
    city.close()
