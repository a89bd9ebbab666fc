"""Provenance is read strictly, whoever wrote the file."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.carriers import PNG, text_of
from app.provenance import Provenance, loads, provenance_of, read_provenance
from engine.core.address import load
from engine.core.faults import BadInput, LoupeError
from engine.core.params import build
from engine.mathematics.clt import Params

GOOD = provenance_of("mathematics.clt", Params(n=12), index=5, view={"means": ((-1.0, 1.0), None)}, edits=((3, "n", 4),))


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png(text: bytes, packed: bool = False) -> bytes:
    body = b"loupe\0" + (b"\1\0\0\0" + zlib.compress(text) if packed else b"\0\0\0\0" + text)
    return PNG + chunk(b"IHDR", bytes(13)) + chunk(b"tEXt", b"a\0b") + chunk(b"iTXt", body) + chunk(b"IEND", b"")


def gif(text: bytes) -> bytes:
    blocks = b"".join(bytes([len(text[k:k + 255])]) + text[k:k + 255] for k in range(0, len(text), 255))
    return b"GIF89a" + bytes(7) + b"!\xf9\4\0\0\0\0\0" + b"!\xfe" + blocks + b"\0" + b";"


def svg(text: bytes) -> bytes:
    plain = text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    return (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><metadata><p:provenance '
            b'xmlns:p="urn:loupe:provenance">' + plain + b"</p:provenance></metadata></svg>")


def npz(text: bytes, name: str = "provenance.json") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


CARRIERS: dict[str, Callable[[bytes], bytes]] = {
    "png": png, "packed png": lambda t: png(t, packed=True), "gif": gif, "svg": svg, "npz": npz,
    "pdf": lambda t: b"%PDF-1.4\n<loupe:provenance>" + t.replace(b"&", b"&amp;") + b"</loupe:provenance>\n%%EOF",
    "mp4": lambda t: b"\0\0\0\x18ftypisom" + bytes(40) + t + bytes(40),
    "webm": lambda t: b"\x1aE\xdf\xa3" + bytes(40) + t + bytes(40),
    "json": lambda t: b'{"provenance": ' + t + b', "frames": []}', "bare json": lambda t: t,
    "csv": lambda t: b"# loupe: " + t + b"\nindex,ks\n0,1\n",
    "csv of a spreadsheet": lambda t: b"\xef\xbb\xbf# loupe: " + t + b"\r\nindex,ks\r\n",
    "script": lambda t: b"#!/usr/bin/env python3\n# loupe: " + t + b"\nprint(1)\n",
}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_gives_it_back_whatever_the_file_is_called(carrier: str, tmp_path: Path) -> None:
    assert read_provenance(written(tmp_path, CARRIERS[carrier](GOOD.dumps().encode()))) == GOOD


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_newer_figure_asks_for_a_newer_program(carrier: str, tmp_path: Path) -> None:
    newer = json.dumps({**GOOD.as_json(), "loupe": 2, "more": 1}, separators=(",", ":")).encode()
    with pytest.raises(BadInput, match="newer version"):
        read_provenance(written(tmp_path, CARRIERS[carrier](newer)))


@pytest.mark.parametrize("carrier", sorted(set(CARRIERS) - {"bare json"}))
def test_a_damaged_figure_says_so(carrier: str, tmp_path: Path) -> None:
    text = GOOD.dumps().encode().replace(b'"index":5', b'"index":-')
    with pytest.raises(BadInput, match="description"):
        read_provenance(written(tmp_path, CARRIERS[carrier](text)))


FOREIGN = {
    "empty": b"", "text": b"hello\nworld\n", "png": PNG + chunk(b"IHDR", bytes(13)) + chunk(b"IEND", b""),
    "cut png": PNG + b"\0\0", "gif": b"GIF89a" + bytes(7) + b";", "pdf": b"%PDF-1.4\n%%EOF", "json": b'{"a": 1}',
    "list": b"[1]", "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not xml": b"<<<", "mp4": b"\0\0\0\x18ftypisom",
    "npz": npz(b"", "a.npy"), "binary": bytes(range(256)), "csv": b"a,b\n1,2\n",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_told_apart(kind: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="carries no figure"):
        read_provenance(written(tmp_path, FOREIGN[kind]))


WRONG = {
    "no key": lambda t: {k: v for k, v in t.items() if k != "index"}, "one more": lambda t: {**t, "shell": "rm"},
    "bool version": lambda t: {**t, "loupe": True}, "old version": lambda t: {**t, "loupe": 0},
    "id": lambda t: {**t, "concept": "../../etc"}, "id type": lambda t: {**t, "concept": []},
    "params": lambda t: {**t, "params": [1]}, "index": lambda t: {**t, "index": -1}, "float": lambda t: {**t, "index": 1.5},
    "edits": lambda t: {**t, "edits": [[1, "n"]]}, "edit index": lambda t: {**t, "edits": [["a", "n", 1]]},
    "view": lambda t: {**t, "view": {"means": {"x": [1, 0], "y": None}}},
    "view axes": lambda t: {**t, "view": {"means": {"x": [1, 2]}}},
    "huge": lambda t: {**t, "view": {"a": {"x": [0, 10**400], "y": None}}},
    "data": lambda t: {**t, "data": {"sha256:zz": "a"}}, "language": lambda t: {**t, "language": "xx"},
    "theme": lambda t: {**t, "theme": ["print"]}, "device": lambda t: {**t, "device": "x" * 201},
}


@pytest.mark.parametrize("what", WRONG)
def test_every_part_is_checked(what: str) -> None:
    with pytest.raises(BadInput, match="description"):
        loads(json.dumps(WRONG[what](GOOD.as_json())), "a.png")


@pytest.mark.parametrize("text", ["", "nul", "[" * 100_000, '{"loupe": NaN}', '{"loupe":1,"loupe":1}', "1" * 5000])
def test_bad_json_is_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"^a\.png: "):
        loads(text, "a.png")


def test_a_parameter_that_is_no_more_is_named() -> None:
    known = Provenance("mathematics.clt", {"nn": 3})
    with pytest.raises(BadInput, match="nn: no such parameter"):
        known.rebuilt()
    with pytest.raises(BadInput, match="n=0: must lie in"):
        Provenance("mathematics.clt", {"n": 0}).rebuilt()
    with pytest.raises(BadInput, match="edited"):
        Provenance("mathematics.clt", {}, edits=((0, "edited", 1),)).rebuilt()
    with pytest.raises(BadInput, match="no such concept"):
        Provenance("mathematics.nothing", {}).rebuilt()


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    bomb = (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>',
            b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><svg/>')
    for content in bomb:
        with pytest.raises(BadInput, match="entities"):
            text_of(written(tmp_path, content))


def test_a_packed_flood_is_cut_off(tmp_path: Path) -> None:
    flood = b" " * 200_000_000
    for content in (png(flood, packed=True), npz(flood)):
        assert len(content) < 1_000_000
        with pytest.raises(BadInput, match="larger"):
            text_of(written(tmp_path, content))


def test_a_length_that_lies_does_no_harm(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        text_of(written(tmp_path, PNG + b"\xff\xff\xff\xffiTXtloupe\0"))
    with pytest.raises(BadInput, match="damaged"):
        text_of(written(tmp_path, png(b"{}")[:-20] + bytes(20)))


@settings(max_examples=300, deadline=None)
@given(carrier=st.sampled_from(sorted(CARRIERS)), at=st.floats(0, 1), cut=st.booleans(), byte=st.integers(0, 255))
def test_damage_anywhere_is_a_sentence_or_nothing(carrier: str, at: float, cut: bool, byte: int,
                                                  tmp_path_factory: pytest.TempPathFactory) -> None:
    content = bytearray(CARRIERS[carrier](GOOD.dumps().encode()))
    place = min(int(at * len(content)), len(content) - 1)
    content[place] = byte
    path = written(tmp_path_factory.getbasetemp(), bytes(content[:place] if cut else content))
    said = ""
    try:
        read_provenance(path).rebuilt()
    except LoupeError as fault:
        said = fault.message
    assert "\n" not in said
    assert len(said) < 600


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_provenance(tmp_path / "none.png")
    with pytest.raises(BadInput, match="not a file"):
        read_provenance(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="not a file"):
        read_provenance(tmp_path / "pipe")


def test_the_text_is_ascii_whatever_it_says() -> None:
    made = Provenance("mathematics.clt", {"text": "均值 \u2028 </metadata> --> ]]> \x00 é"})
    assert made.dumps().isascii()
    assert loads(made.dumps(), "a") == made


@pytest.mark.parametrize("carrier", CARRIERS)
def test_any_text_survives_its_carrier(carrier: str, tmp_path: Path) -> None:
    values: dict[str, Any] = {"text": '均值 "quoted" <b> & </loupe:provenance> \u2028 ]]> # \\ {"loupe":1} 😀'}
    made = Provenance("mathematics.clt", values)
    if carrier == "pdf":        # here written as the exporter does, with < escaped too
        escaped = made.dumps().replace("&", "&amp;").replace("<", "&lt;").encode()
        content = b"%PDF-<loupe:provenance>" + escaped + b"</loupe:provenance>"
    else:
        content = CARRIERS[carrier](made.dumps().encode())
    assert read_provenance(written(tmp_path, content)) == made


def test_a_file_named_by_its_content_is_in_the_data() -> None:
    from engine.core.values import Source

    class Held:
        def __init__(self) -> None:
            self.source = Source("points.csv", "a" * 64)

    from app.provenance import data_of
    assert data_of(Held()) == {f"sha256:{'a' * 64}": "points.csv"}


def test_rebuilt_parameters_are_the_ones_that_were_shown() -> None:
    concept, params = loads(GOOD.dumps(), "a").rebuilt()
    assert concept is load("mathematics.clt")
    assert params == build(Params, {"n": 12})
