"""The local world: services out of wheels, the supervisor of `make run`, and its demo."""
