"""Predicts what a day with a shuttle costs, from its make, its company and its reviews."""
