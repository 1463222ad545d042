"""HAGC's server: the ledger, its chain, and the desks that residents, shops and officers come to."""

__version__ = "0.1.0"
