"""eas_local: Alibaba Cloud PAI-EAS on one machine.

The map: `core` decides, `adapters` act, `proxy` moves bytes; `daemon`, `gateway` and `sidecar` are the three programs
that join them, and `cli` is how a person speaks to the first.
"""

__version__ = "0.1.0"
