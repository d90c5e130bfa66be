"""The methods: one paper, one file, in one folder per family."""
