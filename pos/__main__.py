"""`python -m pos` is the till."""

from pos.cli import main

main()
