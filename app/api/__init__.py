"""The addresses of this service: thin edges that verify, call one service, and answer."""
