"""Planning contacts and customers: who is who, reconciling details, and making sure that a document has its customer."""
