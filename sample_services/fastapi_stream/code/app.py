"""Words as server-sent events, one after the other, as a language model would say them."""

import asyncio
import json

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

PAUSE = 0.2

app = FastAPI()


class Prompt(BaseModel):
    prompt: str


@app.post("/v1/stream")
async def stream(asked: Prompt):
    return StreamingResponse(events(asked.prompt.split()), media_type="text/event-stream")


async def events(words):
    for word in words:
        yield f"data: {json.dumps({'word': word})}\n\n"
        await asyncio.sleep(PAUSE)
    yield "data: [DONE]\n\n"
