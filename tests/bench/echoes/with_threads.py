"""Behind FastAPI: `uvicorn with_threads:app`. In a thread of its pool, as functions that take their time are to be run."""

from echo import process
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

app = FastAPI()


@app.post("/predict")
async def predict(request: Request):
    body, status = await run_in_threadpool(process, await request.body())
    return Response(body, status, media_type="text/html")
