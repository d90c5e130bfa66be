"""Passage ranking: TREC runs, judgements and passages as columns, and their scorer."""
