"""Rules without lots: integer programs, by HiGHS and by CP-SAT, decided exactly."""
