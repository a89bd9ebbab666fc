"""Builds assets/pinyin.txt.gz: for each syllable, the characters of GB2312 that are read so. Needs pypinyin."""

from __future__ import annotations

import gzip
from collections import defaultdict
from pathlib import Path

from build_fonts import gb2312
from pypinyin import Style, lazy_pinyin

OUT = Path(__file__).resolve().parents[1] / "assets" / "pinyin.txt.gz"


def main() -> None:
    """One line a syllable: 'zhong 中钟终...'."""
    sounds: dict[str, list[str]] = defaultdict(list)
    for code in sorted(gb2312()):
        letter = chr(code)
        sounds[lazy_pinyin(letter, style=Style.NORMAL)[0].replace("ü", "v")].append(letter)
    text = "\n".join(f"{sound} {''.join(letters)}" for sound, letters in sorted(sounds.items()))
    OUT.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


if __name__ == "__main__":
    main()
