"""The HTTP data plane: one engine, used by gateway and sidecar.

`request_reader` and `answer_reader` turn bytes into messages, `head` says them again for the next hop, `body` holds what
is on its way between two connections. `server` takes a `request`, `pool` has an `upstream` for it, `exchange` joins the
two, `tunnel` joins them for good after an upgrade. `endpoints` and `client` are for control and probes, where speed does not matter.

It knows bytes and values of `core`; nothing of services, tokens or limits.
"""
