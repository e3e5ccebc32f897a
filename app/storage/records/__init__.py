"""What we remember of records: the mirrors of both sides, and the links between them."""
