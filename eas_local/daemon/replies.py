"""Every error as the reply a client gets: status, code and sentence, in one table for the whole daemon.

Every answer is a JSON object with a RequestId, errors as well as successes, because the vendor's SDKs cannot read anything
else (wire-contract 3.4).
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from eas_local.core import errors
from eas_local.daemon import listing
from eas_local.daemon.requests import EventQuery, ListQuery, LogQuery

# Parity: InvalidService.NotFound is the one code that public clients look for (wire-contract 3.4); the others have its shape.
TABLE: dict[type[errors.EasError], tuple[int, str]] = {
    errors.EasError: (500, "InternalError"),
    errors.Permanent: (400, "OperationFailed"),
    errors.InvalidDocument: (400, "InvalidParameter"),
    errors.NotSupported: (400, "NotSupported"),
    errors.NotFound: (404, "InvalidService.NotFound"),
    errors.NameInUse: (409, "InvalidService.AlreadyExists"),
    errors.WrongState: (409, "InvalidService.IncorrectStatus"),
    errors.Locked: (403, "Forbidden.SafetyLock"),
    errors.NotAllowed: (403, "Forbidden"),
    errors.SourceMissing: (400, "SourceMissing"),
    errors.SourceUnusable: (400, "SourceUnusable"),
    errors.StartRefused: (400, "StartError"),
    errors.EngineUnusable: (503, "EngineUnusable"),
    errors.Temporary: (503, "ServiceUnavailable"),
    errors.EngineDown: (503, "EngineDown"),
    errors.ImageUnavailable: (503, "ImagePullBackOff"),
    errors.SourceUnreachable: (503, "SourceUnreachable"),
    errors.RequirementsFailed: (503, "RequirementsFailed"),
    errors.NoRoom: (503, "Unschedulable"),
    errors.Unwritable: (507, "Unwritable"),
    errors.DiskFull: (507, "DiskFull"),
    errors.AddressTaken: (503, "AddressTaken"),
    errors.StillThere: (503, "StillThere"),
}


def success(**fields: Any) -> JSONResponse:
    return JSONResponse({"RequestId": _request_id(), **fields})


def paged(key: str, items: Sequence[Any], query: ListQuery) -> JSONResponse:
    """One page of a list."""
    page = listing.page(items, query.page_number, query.page_size)
    return success(**{key: page.items}, PageNumber=page.number, PageSize=query.page_size, TotalCount=page.total)


def numbered(key: str, items: Sequence[Any], query: LogQuery | EventQuery) -> JSONResponse:
    """One page of a history, whose keys are others."""
    page = listing.page(items, query.page_num, query.page_size)
    return success(**{key: page.items}, PageNum=page.number, TotalCount=page.total, TotalPageNum=page.pages)


def failure(status: int, code: str, message: str, **fields: Any) -> JSONResponse:
    return JSONResponse({"RequestId": _request_id(), "Code": code, "Message": message, **fields}, status)


def of_error(error: errors.EasError) -> JSONResponse:
    status, code = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    if isinstance(error, errors.InvalidDocument):
        problems = [{"field": problem.field, "message": problem.message} for problem in error.problems]
        return failure(status, code, str(error), Problems=problems)
    return failure(status, code, str(error))


def install(app: FastAPI) -> None:
    app.add_exception_handler(errors.EasError, _on_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_query)
    app.add_exception_handler(ClientDisconnect, _on_leaving)
    app.add_exception_handler(Exception, _on_bug)


def _on_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.EasError)
    return of_error(error)


def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    """An operation of the vendor's API that is not built here names itself in a header; anything else is a wrong address."""
    assert isinstance(error, HTTPException)
    operation = request.headers.get("x-acs-action")
    if operation and error.status_code in {404, 405}:
        return failure(501, "NotSupported", f"operation {operation} is not built in this emulator")
    code = HTTPStatus(error.status_code).phrase.title().replace(" ", "")
    return failure(error.status_code, code, f"{request.method} {request.url.path}: {error.detail}")


def _on_invalid_query(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    lines = [f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}" for item in error.errors()]
    return failure(400, "InvalidParameter", "\n".join(lines))


def _on_leaving(_request: Request, _error: Exception) -> JSONResponse:
    return failure(400, "BadRequest", "the client left before it had sent all of its request")


def _on_bug(_request: Request, _error: Exception) -> JSONResponse:
    """The server raises it once more after this, which is what gets it into the log."""
    return failure(500, "InternalError", "this is a mistake in the emulator; its log says more")


def _request_id() -> str:
    return str(uuid4()).upper()
