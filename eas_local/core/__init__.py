"""Decide: values in, values out. No clock, no I/O, no event loop; pydantic only at the door (`spec`)."""
