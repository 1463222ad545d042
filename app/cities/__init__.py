"""The city files, and the reader that says what is wrong in one."""
