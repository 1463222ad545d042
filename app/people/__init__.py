"""The only place with personal data: a database of its own, erasable, and apart from the chain."""
