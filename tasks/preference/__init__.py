"""Parts of the preference tasks: readers of rankings, pair counting, the shared adapter."""
