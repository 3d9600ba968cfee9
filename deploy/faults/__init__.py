"""The harness of `make faults`: servers that can be stopped in every way that a machine stops them."""
