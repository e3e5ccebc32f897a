"""The two vendor simulators, and the local world that runs everything with one command.

The simulators (`quickbooks`, `oncord`) import nothing else of the project. The local world (`local`) is one more way to
start the service, beside production's: real PostgreSQL and Valkey, both simulators, the API, a worker and a demo connection.
"""
