"""The officers' console: one file a place. Pages and forms work as plain HTML; a script only makes the signature."""

from app.web.console import (
    acts, cards, ending, figures, key, letters, list_files, lists, notices, officers, people, policies, programmes, proposals, records, review, shops, sign_in,
    queues, tills, today, uploading, wallets, wishes,
)

ROUTES = tuple(room.routes for room in (
    sign_in, today, figures, key, acts, people, ending, wallets, wishes, cards, programmes, proposals, uploading, lists, list_files, letters, shops, tills, queues,
    notices, policies, officers, records, review,
))
