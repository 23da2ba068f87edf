"""Lazy rows: programs in which only the lies that tempt somebody are written down."""
