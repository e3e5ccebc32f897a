"""A year of a simulated shop and the books that an accountant signs (`make year`)."""
