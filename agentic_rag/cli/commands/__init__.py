"""The commands. Each imports what it needs when it runs; results go to stdout, everything else to stderr."""
