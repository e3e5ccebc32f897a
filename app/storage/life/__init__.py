"""The life of what is stored about people: where it stands, who is who, what is erased when, and what is handed out."""
