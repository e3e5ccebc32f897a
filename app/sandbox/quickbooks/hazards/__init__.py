"""What can be made to go wrong: the switches, and the catalogue of the public facts that they imitate."""
