"""The HTTP data plane: one engine, used by gateway and sidecar.

`reader` turns bytes into messages, `head` says them again for the next hop, `body` holds what is on its way between two
connections. `server` takes requests, `upstream` and `pool` pass them on, `exchange` joins one of each, `tunnel` joins
them for good after an upgrade. `endpoints` and `client` are for control and probes, where speed does not matter.

It knows bytes and values of `core`; nothing of services, tokens or limits.
"""
