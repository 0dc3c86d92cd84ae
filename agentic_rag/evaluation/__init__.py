"""Suites, runs, metrics and comparisons: the same question asked of many graphs, and numbers with intervals."""
