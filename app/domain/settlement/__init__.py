"""What has settled a document, and whether anybody may still be asked to pay it. Knows records, and neither plans nor bases."""
