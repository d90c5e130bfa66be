"""Parts of the detection tasks: readers, scorers, matching, resampled average precision."""
