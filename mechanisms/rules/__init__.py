"""Rules by the chapters of the field: auctions, division, voting, assignment, public projects and others."""
