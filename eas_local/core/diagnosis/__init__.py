"""Why is it not ready: one report that joins everything known of a service, in the order a person would look.

report      what the answer is made of: causes, each with what was seen and what to do now
evidence    what has to be asked of the outside for it, and what came back
troubles    what kept the last plan from being carried out: images, mounts, GPUs, requirements
case        one run that has ended, as the rules of endings and unfit see it
endings     why a container's run has ended: rules, the first that knows it answers
unfit       of these, those for a program that could not be executed
program     what the first bytes of a program tell
hosts       the same of a processor: its host's last words, and what it waits for
ports       the sidecar's own, and who wants one of them
unready     why a container that runs is not ready: where it listens, what its probes say
serving     who serves meanwhile: a paused update, isolated instances
mended      what has ended and serves again
service     joins them
"""
