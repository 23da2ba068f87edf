"""Crowds: very many bidders who are alike, by what one of them expects."""
