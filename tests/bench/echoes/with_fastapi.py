"""Behind FastAPI: `uvicorn with_fastapi:app`. In its event loop, where it is quickest, though no model could be there."""

from echo import process
from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.post("/predict")
async def predict(request: Request):
    body, status = process(await request.body())
    return Response(body, status, media_type="text/html")
