"""The program clients speak to: finds the service of a request and an instance that takes it.

It serves the last routes it was given, with no need of the daemon.
"""
