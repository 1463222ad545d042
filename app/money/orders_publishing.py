"""What the server signs to say in public what it does.

As in `orders`: the fields in the order in which they are signed, the signer first.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Served:
    """From this entry on browsers are served the files of this list, and no others."""
    operational: int
    digest: bytes           # 32, SHA-256 of /static/manifest.json, which names each file's
    at_s: int
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Signs the list of shops and hosts that wallets show names from."""
    operational: int
    digest: bytes           # 32, SHA-256 of the directory's bytes
    at_s: int
    expires_at_s: int
