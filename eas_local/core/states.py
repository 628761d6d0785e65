"""The states of a service. Apart from what decides them, so that the command line has them at once."""

from enum import StrEnum


class State(StrEnum):
    """EAS's names (FAQ, "service statuses"; OpenAPI)."""

    CREATING = "Creating"
    WAITING = "Waiting"
    RUNNING = "Running"
    UPDATING = "Updating"
    HOT_UPDATE = "HotUpdate"
    SCALING = "Scaling"
    STARTING = "Starting"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    FAILED = "Failed"
    DELETING = "Deleting"
    ORPHANED = "Orphaned"  # ours: EAS never loses a document
