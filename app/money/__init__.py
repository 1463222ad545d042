"""What money is and when it may move. Pure: no clock, no I/O, no SQL."""
