"""Documents that move money: sales forms with their lines and totals, payments, money paid out."""
