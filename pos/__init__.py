"""The shop's side on a PC: a till that asks, charges and gives back, and keeps a record of its own."""
