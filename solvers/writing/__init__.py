"""What a property or a counterexample looks like when it is written out: formulas and tests."""
