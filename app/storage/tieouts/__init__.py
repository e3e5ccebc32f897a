"""What a tie-out reads out of the mirrors, and what it found."""
