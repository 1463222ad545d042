"""https for a trial on the local network: a certificate authority of this machine alone.

Browsers give camera, keys and service workers to https only (or to localhost). A certificate
that is merely clicked away does not count, so the phone must be told to trust the authority.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from app.web.server import Tls

AUTHORITY = "authority.pem"
# An iPhone refuses a server's certificate that lives longer than 825 days. This one is made anew at each start.
DAY, LIFE = timedelta(days=1), timedelta(days=397)


def local_authority(folder: Path, name: str, clock: Callable[[], float] = time.time) -> Tls:
    """A new certificate for `name` (host or address), signed by the authority in `folder`, which is made
    when it is not there. Keys are 0600."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = folder / "authority.key"
    if secret.exists():
        authority = trustme.CA.from_pem((folder / AUTHORITY).read_bytes(), secret.read_bytes())
    else:
        authority = trustme.CA(organization_name="HAGC trial", organization_unit_name="this machine only")
        _write_private(secret, authority.private_key_pem.bytes())
        (folder / AUTHORITY).write_bytes(authority.cert_pem.bytes())
    now = datetime.fromtimestamp(clock(), UTC)
    issued = authority.issue_cert(name, "localhost", "127.0.0.1", not_before=now - DAY, not_after=now + LIFE)
    chain, key = folder / "server.pem", folder / "server.key"
    chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    _write_private(key, issued.private_key_pem.bytes())
    return Tls(chain, key)


def _write_private(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
