"""Social choice as clauses: rules by SAT, and proofs that there is none."""
