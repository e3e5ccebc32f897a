"""QuickBooks Online: its wire, its limits and its moods, translated at this door into the words of `app.domain`."""
