"""What lets somebody else read for its signer; never an entry."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """Shown by a wallet at a till: print for me what I have. It pays nothing, and shows no history."""
    alias: bytes            # 8
    nonce: bytes            # 8
    expires_at_s: int
