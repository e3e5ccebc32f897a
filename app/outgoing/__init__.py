"""Messages on their way out: signed webhooks and mail, each sent until it has arrived or a day has passed."""
