"""How search finds: linear and integer programs, what is lifted from smaller ones, and why there is nothing."""
