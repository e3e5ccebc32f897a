"""Plain forms in place of QBO's own screens: edit an invoice, receive a payment, change a customer, take access away."""
