"""The shop's side: a till that sells, also while the line is down, and settles later."""
