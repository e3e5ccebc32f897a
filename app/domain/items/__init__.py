"""Planning items: matched by name or code, created as needed, woken where a sale needs them."""
