"""What `make bench` measures of the QuickBooks client; shown and judged by `tests.bench`."""
