"""What a fresh clone needs before it can run or be tested; nothing here is used while it serves."""
