"""What may be asked of a rule, one idea a file: incentives, participation, budgets, fairness and others."""
