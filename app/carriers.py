"""Finds the provenance in a file of any format, by the file's content; bounded reads only, and nothing is executed."""

from __future__ import annotations

import json
import mmap
import re
import zipfile
import zlib
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from app.provenance import MOST_CHARACTERS, corrupt, foreign
from engine.core.faults import BadInput

PNG = b"\x89PNG\r\n\x1a\n"
START = b'{"loupe":'
PDF_OPEN, PDF_CLOSE = b"<loupe:provenance>", b"</loupe:provenance>"
TEXT_LINE = b"# loupe: "
ZIP_MEMBER = "provenance.json"
SVG_NAMESPACE = "urn:loupe:provenance"
_HEAD = 64
_CHUNK = 65_536
_MOST_CHUNKS = 10_000


def text_of(path: Path) -> str:
    """The provenance's JSON text, out of whichever carrier the file is."""
    try:
        with _opened(path) as file:
            head = file.read(_HEAD)
            file.seek(0)
            found = _reader(head)(file, str(path))
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror or type(fault).__name__}); check the file",
                       "unreadable_file", path=path) from fault
    if found is None:
        raise foreign(str(path))
    return found


def _opened(path: Path) -> BinaryIO:
    if not path.exists():
        raise BadInput(f"{path}: no such file; check its name", "no_file", path=path)
    if not path.is_file():
        raise BadInput(f"{path}: is not a file; give the name of an exported file", "not_a_file", path=path)
    return path.open("rb")


def _reader(head: bytes) -> Callable[[BinaryIO, str], str | None]:
    """The reader for what the first bytes say the file is."""
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(PNG):
        return _png
    if head.startswith((b"GIF87a", b"GIF89a")):
        return _gif
    if head.startswith(b"%PDF"):
        return _pdf
    if head[4:8] == b"ftyp" or head.startswith(b"\x1aE\xdf\xa3"):
        return _video
    if head.startswith(b"PK\x03\x04"):
        return _zip
    if plain.startswith(b"<"):
        return _svg
    return _json if plain.startswith(b"{") else _lines


def _ascii(raw: bytes, where: str) -> str:
    if len(raw) > MOST_CHARACTERS:
        raise corrupt(where, "is larger than a figure's can be")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise corrupt(where, "is not text") from None


def _png(file: BinaryIO, where: str) -> str | None:
    """The iTXt chunk with the keyword 'loupe'; chunks carry their length before and a checksum after them."""
    file.seek(len(PNG))
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind == b"IEND":
            return None
        if kind != b"iTXt":
            file.seek(length + 4, 1)
            continue
        if length > MOST_CHARACTERS:
            raise corrupt(where, "is larger than a figure's can be")
        body, check = file.read(length), file.read(4)
        if not body.startswith(b"loupe\0"):
            continue
        if zlib.crc32(kind + body) != int.from_bytes(check, "big"):
            raise corrupt(where, "is damaged")
        return _itxt(body, where)
    return None


def _itxt(body: bytes, where: str) -> str:
    """keyword 0 compressed? method language 0 translated keyword 0 text."""
    _, _, rest = body.partition(b"\0")
    packed, rest = rest[:1] == b"\1", rest[2:]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]
    if packed:
        try:
            text = zlib.decompressobj().decompress(text, MOST_CHARACTERS + 1)
        except zlib.error:
            raise corrupt(where, "is damaged") from None
    return _ascii(text, where)


def _gif(file: BinaryIO, where: str) -> str | None:
    """A comment extension before the first image."""
    head = file.read(13)
    if len(head) == 13 and head[10] & 0x80:
        file.seek(3 * 2 ** ((head[10] & 7) + 1), 1)
    for _ in range(_MOST_CHUNKS):
        if file.read(1) != b"!":
            return None
        label, body = file.read(1), _sub_blocks(file, where)
        if label == b"\xfe" and body.startswith(START):
            return _ascii(body, where)
    return None


def _sub_blocks(file: BinaryIO, where: str) -> bytes:
    body = bytearray()
    while size := int.from_bytes(file.read(1), "big"):
        body += file.read(size)
        if len(body) > MOST_CHARACTERS:
            raise corrupt(where, "is larger than a figure's can be")
    return bytes(body)


def _pdf(file: BinaryIO, where: str) -> str | None:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.find(PDF_OPEN)
        if start < 0:
            return None
        start += len(PDF_OPEN)
        end = content.find(PDF_CLOSE, start, start + 2 * MOST_CHARACTERS)
        if end < 0:
            raise corrupt(where, "is cut short")
        return unescape(_ascii(content[start:end], where))


def _video(file: BinaryIO, where: str) -> str | None:
    """The container's comment: MP4 and WebM both keep its text as it is."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.find(START)
        return None if start < 0 else _object_at(content[start:start + MOST_CHARACTERS].decode("latin-1"), 0, where)


def _object_at(text: str, start: int, where: str) -> str:
    """The JSON object that begins at a place in a text."""
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        raise corrupt(where, "is not valid JSON") from None
    return text[start:end]


def _json(file: BinaryIO, where: str) -> str | None:
    """An exported JSON begins with its provenance; a provenance alone is one too."""
    text = file.read(MOST_CHARACTERS).decode("utf-8-sig", errors="replace")
    inside = re.match(r'\s*\{\s*"provenance"\s*:\s*', text)
    if inside:
        return _object_at(text, inside.end(), where)
    return _object_at(text, text.index("{"), where) if re.match(r'\s*\{\s*"loupe"\s*:', text) else None


def _lines(file: BinaryIO, where: str) -> str | None:
    """A script or a table of numbers: its first or second line is the provenance in a comment."""
    for _ in range(2):
        line = file.readline(MOST_CHARACTERS).removeprefix(b"\xef\xbb\xbf")
        if line.startswith(TEXT_LINE):
            return _ascii(line[len(TEXT_LINE):].strip(), where)
    return None


def _zip(file: BinaryIO, where: str) -> str | None:
    """A member of the archive that is plain text: nothing is unpickled, and only so much is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            if ZIP_MEMBER not in archive.namelist():
                return None
            with archive.open(ZIP_MEMBER) as member:
                return _ascii(member.read(MOST_CHARACTERS + 1), where)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise corrupt(where, "is in a damaged archive") from None


def _svg(file: BinaryIO, where: str) -> str | None:
    """The text of <provenance> inside <metadata>; a document type or an entity of its own is refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    found: list[str] = []
    inside = done = False

    def refuse(*_: object) -> None:
        raise corrupt(where, "stands in a document with entities of its own")

    def start(name: str, _: object) -> None:
        nonlocal inside
        inside = name == f"{SVG_NAMESPACE} provenance"

    def end(name: str) -> None:
        nonlocal inside, done
        done, inside = done or inside, False

    def take(text: str) -> None:
        if inside:
            found.append(text)

    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = refuse, refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, take
    read = 0
    try:
        while not done and read <= MOST_CHARACTERS and (chunk := file.read(_CHUNK)):
            read += len(chunk)
            parser.Parse(chunk, False)
    except expat.ExpatError:
        if not found:
            return None
        raise corrupt(where, "is not well-formed XML") from None
    return "".join(found).strip() if done else None
