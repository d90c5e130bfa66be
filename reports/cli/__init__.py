"""The commands that only read records, and those that run what a paper's tables and claims need."""
