"""The words of this service as plain data: records, links, operations, configuration, what a side answers, and money's arithmetic."""
