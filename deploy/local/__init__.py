"""The embedded default (A-13): real PostgreSQL and NATS from wheels, and the services on them."""
