"""Random lives of a shop and its books, seed by seed: people do anything, both vendors misbehave, and in the end all must agree."""
