"""Recipes that make the specialists: examples, a training loop, dev figures, and the card that ships with an adapter."""
