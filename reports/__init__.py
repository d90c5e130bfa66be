"""Views over run records: leaderboards, paper tables, claims, figures."""
