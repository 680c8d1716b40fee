"""`/healthz`: the process lives; `/readyz`: it can do its work."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.errors import ConfigError
from assistant.gateway.answers import Alive, Ready
from assistant.gateway.database import DatabaseError
from assistant.gateway.gateway import gateway_of
from assistant.gateway.refusals import NO_STORE

router = APIRouter(tags=["operation"])


@router.get("/healthz", responses={200: {"model": Alive}})
async def alive() -> Response:
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


@router.get("/readyz", responses={200: {"model": Ready}, 503: {"model": Ready, "description": "not ready"}})
async def ready(request: Request) -> Response:
    """The database answers and there is a key to sign with."""
    gateway = gateway_of(request)
    checks = {"database": "ok", "keys": "ok"}
    try:
        await gateway.database.run(lambda session: session.execute(select(1)).scalar_one())
        await gateway.database.run(gateway.keys)
    except DatabaseError:
        checks["database"] = checks["keys"] = "failed"
    except ConfigError:
        checks["keys"] = "failed"
    bad = "failed" in checks.values()
    return JSONResponse({"status": "failed" if bad else "ok", **checks}, 503 if bad else 200, NO_STORE)
