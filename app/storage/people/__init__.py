"""What people are asked, decide and do: attention items, questions about many records, answers under way, the audit."""
