"""Reasons: which requirements clash, where, and what to give up."""
