"""Menus for one buyer whose types are all real numbers."""
