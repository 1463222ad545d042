"""Replacing one of the server's own keys: the next one waits beside it until the roots have accepted it.

    keys/receipt.seed         in use
    keys/receipt.next.seed    asked for; takes the other's place when its sheet is admitted
"""

import os
from pathlib import Path

from app.desk.certify import Sheet
from app.desk.found import KEY_NAMES, Folder, checkpoint_keys, wanted_key
from app.desk.office import Office
from app.errors import SetupError
from app.message.keys import Signer, new_seed, read_seed, write_seed
from app.money import orders
from app.money.state import Register

ROLES = {name: role for role, name in KEY_NAMES.items()}


def wanted(folder: Folder, office: Office, name: str) -> Sheet:
    """What the roots are asked to sign so that a new key takes the place of the one called `name`. Asked again, the
    same key: a sheet that is on its way stays good."""
    role = ROLES[name]
    file = _next(folder, role)
    if not file.exists():
        write_seed(file, new_seed())
    return Sheet(office.store.genesis(), (wanted_key(role, Signer(read_seed(file)).public, office.now_s()),))


def take_over(folder: Folder, office: Office) -> list[str]:
    """The names of the keys whose next one the roots have accepted and which now takes their place. What still runs
    with the key before signs nothing more; after a crash in the middle, this may be done again."""
    taken = []
    for role, name in KEY_NAMES.items():
        file, record = _next(folder, role), office.store.get(Register.OPERATIONAL, role)
        if not file.exists() or record is None:
            continue
        key = Signer(read_seed(file))
        if record.key == key.public:
            if role == orders.CHECKPOINT_KEY:
                office.checkpoints.hand_over(key, checkpoint_keys(office.store))
            _replace(file, folder.key(role))
            taken.append(name)
    return taken


def _next(folder: Folder, role: int) -> Path:
    return folder.key(role).with_suffix(".next.seed")


def _replace(file: Path, place: Path) -> None:
    """On disk when this returns. The key before is worth nothing any more: the log refuses it."""
    try:
        os.replace(file, place)
    except OSError as error:
        raise SetupError(f"{place} can't be replaced ({error.strerror}): move {file} there by hand") from None
    handle = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
