"""The officers' console: one file a place. Pages and forms work as plain HTML; a script only makes the signature."""

from app.web.console import acts, key, lists, programmes, proposals, sign_in, today

ROUTES = (sign_in.routes, today.routes, key.routes, acts.routes, programmes.routes, proposals.routes, lists.routes)
