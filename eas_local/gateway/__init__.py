"""The program clients speak to: finds the service of a request and an instance that takes it.

It serves the last routes it was given, with no need of the daemon. `front` says whose a request is; `predict` takes it to an
instance, by the routes in `services`. `alone` is one process that does that, `team` a parent of several workers; `control` is
how the daemon speaks to either.
"""
