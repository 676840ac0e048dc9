"""Topics: discovery, words and names for them, guidance, the uncovered, change over time and over groups."""
