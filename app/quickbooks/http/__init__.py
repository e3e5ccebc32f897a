"""The way to QuickBooks: requests and their failures, OAuth and tokens, rate limits, pages. Knows no record of ours."""
