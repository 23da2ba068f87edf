"""Programs: the linear program of a goal as rows of integers, its symmetries, and its exact solution."""
