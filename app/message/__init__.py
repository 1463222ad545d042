"""What people sign and scan: bytes to frozen objects and back. FORMATS.md tells the rules."""
