"""Processors in Python for the scenarios: a folder with an app.py beside the service.json that names it."""

from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent
from typing import Any

from tests.scenarios.calling import Reply
from tests.scenarios.documents import Json
from tests.scenarios.emulator import Emulator, Service

EVALUATING = '''
import json, os, sys, threading, time
import allspark

MEMORY = []
MEETINGS = {}


def meet(parties):
    """Ends when so many calls are in it at once, and fails when they do not come."""
    return MEETINGS.setdefault(parties, threading.Barrier(parties, timeout=2)).wait()


class MyProcessor(allspark.BaseProcessor):
    def initialize(self):
        MEMORY.append("initialized")

    def process(self, data):
        return json.dumps(eval(data, globals(), {"self": self})).encode(), 200
'''
"""Answers the value of a Python expression, as the scenarios' server does, so `Service.ask` asks it."""

RUN = "\nMyProcessor().run()\n"


def a_processor(emulator: Emulator, name: str, code: str = EVALUATING + RUN, **fields: Any) -> Json:
    """The document of a processor whose app.py says this; a document's `metadata` is added to the name."""
    put(emulator, name, "app.py", code)
    metadata = {"name": name, "instance": 1, **fields.pop("metadata", {})}
    processor = {"processor_type": "python", "processor_entry": "./app.py", "processor_path": f"./{name}"}
    return {"metadata": metadata, **processor, **fields}


def put(emulator: Emulator, name: str, file: str, text: str) -> None:
    """Write a file of the processor's package."""
    path = emulator.work / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))


def post(service: Service, body: bytes, path: str = "") -> Reply:
    return service.call(path, method="POST", body=body)


def at_once(service: Service, number: int, body: bytes) -> list[Reply]:
    """So many calls that are under way together."""
    with ThreadPoolExecutor(number) as callers:
        return list(callers.map(lambda _: post(service, body), range(number)))


def meet(service: Service, parties: int) -> set[int]:
    """{200} where the service can have so many calls in `process` at once."""
    return {reply.status for reply in at_once(service, parties, b"meet(%d)" % parties)}
