"""Rules run on symbols: what a rule does at all reports at once, as branches and as arrays."""
