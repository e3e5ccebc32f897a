"""What people are told without having asked: which changes of a connection, when, and in which words."""
