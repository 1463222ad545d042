"""HTTP only: parse, call one desk, show. Whatever is decided is decided further left."""
