"""The only place with SQL on money."""
