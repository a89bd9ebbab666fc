"""Forks a process that saves without end, kills it in the middle, looks at its files; so many times. Prints what it found."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]


def contents() -> list[tuple[bytes, bytes]]:
    """Tables and pictures of four generations, made before, so that what is killed is the saving."""
    import numpy as np
    from PIL import Image

    from app.export.data import packed

    found = []
    for generation in range(4):
        buffer = BytesIO()
        Image.effect_noise((512, 512), 20 + generation).save(buffer, "PNG")
        found.append((packed({"values": np.full(50_000, generation)}, {}), buffer.getvalue()))
    return found


def save_for_ever(folder: Path, round_: int, begun: int, made: list[tuple[bytes, bytes]]) -> None:
    """Write every kind of file again and again, each whole content marked with its generation."""
    from app.atomic import write_bytes
    from app.settings import SettingsFile

    file, generation = SettingsFile.load(folder), round_ * 100_000
    while True:
        generation += 1
        table, picture = made[generation % len(made)]
        file.change(params={"mathematics.clt": {"n": generation, "text": "x" * 20_000}})
        write_bytes(folder / "table.npz", table)
        write_bytes(folder / "picture.png", picture)
        if begun >= 0:
            os.write(begun, b"x")
            begun = -1


def faults_of(folder: Path) -> list[str]:
    """What cannot be read of the files."""
    import numpy as np
    from PIL import Image

    found = []
    try:
        json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        found.append(f"settings: {fault}")
    try:
        with np.load(folder / "table.npz") as table:
            values = table["values"]
            if len(set(values.tolist())) != 1:
                found.append("table: of two generations")
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as fault:
        found.append(f"table: {fault}")
    try:
        Image.open(folder / "picture.png").load()
    except (OSError, SyntaxError) as fault:
        found.append(f"picture: {fault}")
    if (folder / "settings.bak").exists():
        found.append("settings were set aside")
    return found


def partial_of(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if ".partial" in p.name]


def main(folder: Path, times: int) -> None:
    from app.atomic import write_bytes

    rng, broken, middle, seen, made = random.Random(7), [], 0, set(), contents()
    for round_ in range(times):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            save_for_ever(folder, round_, write, made)
        os.close(write)
        assert os.read(read, 1) == b"x", "the saver died by itself"
        os.close(read)
        time.sleep(rng.uniform(0, 0.012))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        middle += bool(partial_of(folder))
        broken += [f"round {round_}: {fault}" for fault in faults_of(folder)]
        seen.add((folder / "settings.json").stat().st_ino)
    write_bytes(folder / "last", b"one more save")
    print(json.dumps({"broken": broken, "killed": times, "in_the_middle": middle, "generations": len(seen),
                      "left": partial_of(folder)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
