"""The program in front of every instance's containers: tokens, limits, the deadline, and the probes.

It runs in the pod's sandbox with the standard library, httptools and uvloop, and never dials the daemon: the daemon asks
it, on the control port.
"""
