"""The smallest things on the wire: bytes in and out, faults, what a field must look like, currencies."""
