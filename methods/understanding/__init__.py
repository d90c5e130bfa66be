"""Methods on tasks of language understanding."""
