"""What a person or Oncord may do with a connection; used by the API and the console alike."""
