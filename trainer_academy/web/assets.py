"""Static files: read and compressed once at the start, served for ever under a name with a content hash."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request

from trainer_academy.core.errors import NotFound
from trainer_academy.web.access import EVERYONE, allow
from trainer_academy.web.context import get

bp = Blueprint("assets", __name__)
FOLDER = Path(__file__).resolve().parent.parent / "static"
_TEXT = (".css", ".js", ".svg")


@dataclass(frozen=True)
class Asset:
    """One file, plain and compressed."""

    hashed_name: str
    content_type: str
    body: bytes
    packed: bytes | None


@dataclass(frozen=True)
class Assets:
    """All static files by name and by hashed name."""

    by_name: dict[str, Asset]
    by_hashed_name: dict[str, Asset]

    def url(self, name: str) -> str:
        """The address of a static file, for example `css/academy.css`. KeyError when there is none."""
        return f"/static/{self.by_name[name].hashed_name}"


def load_assets(folder: Path = FOLDER) -> Assets:
    """Read every file below `folder`."""
    found: dict[str, Asset] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        body = file.read_bytes()
        stem, _, suffix = name.rpartition(".")
        digest = hashlib.sha256(body).hexdigest()[:10]
        kind = "text/javascript" if suffix == "js" else mimetypes.guess_type(name)[0] or "application/octet-stream"
        if name.endswith(_TEXT):
            kind += "; charset=utf-8"
        packed = gzip.compress(body, 9, mtime=0) if name.endswith(_TEXT) else None
        found[name] = Asset(f"{stem}.{digest}.{suffix}", kind, body, packed)
    return Assets(found, {asset.hashed_name: asset for asset in found.values()})


@bp.get("/static/<path:name>")
@allow(EVERYONE)
def static_file(name: str) -> Response:
    asset = get(Assets).by_hashed_name.get(name)
    if asset is None:
        raise NotFound("asset.unknown")
    if asset.packed is not None and request.accept_encodings["gzip"] > 0:
        response = Response(asset.packed, content_type=asset.content_type)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(asset.body, content_type=asset.content_type)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
