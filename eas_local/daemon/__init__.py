"""The daemon: is told what is wanted, looks at what is there, and has the difference carried out. `main` builds it.

Asked: `app` and its `api_*` over a `plane`, behind the `guard`. `requests` is what clients send, `objects` and `replies`
what they get. `wishes` says what would be wanted then, `services` keeps it and wakes, `views` knows what is known.

Done: the `reconciler` looks at each service and plans, `acts` are the steps under way, the `executor` carries out one, the
`publisher` tells the gateway, `history` tells what happened, the `board` has the latest look. `orphans` looks for the rest.

Heard: `pod_link` follows every pod's sidecar through `sidecars`, `errands` runs commands for it. `diagnoses` says why
something is not ready. The `guardian` keeps the gateway's address open, the `departure` takes everything down.

What it needs of the outside is `ports`.
"""
