"""The public log: what stands in it, how it is hashed and signed, and how anyone checks it (FORMATS.md)."""
