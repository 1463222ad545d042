"""The counters of the town office: one file each, one use case a function.

A desk opens the signed messages, hands the order to the sequencer and answers with a
receipt. It knows no HTTP and no SQL.
"""
