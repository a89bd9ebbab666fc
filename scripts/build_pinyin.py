"""Builds assets/pinyin.txt.gz: for each syllable, the characters of GB2312 that are read so.

    python scripts/build_pinyin.py          (needs pypinyin and fonttools, which the program does not)
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from pathlib import Path

from build_fonts import gb2312
from pypinyin import Style, lazy_pinyin

OUT = Path(__file__).resolve().parents[1] / "assets" / "pinyin.txt.gz"
# A character by itself is read as it is in our field's words, not as the dictionary's first entry has it.
USUAL = {"似": "si", "调": "tiao", "长": "chang", "校": "jiao", "泊": "bo", "地": "di", "石": "shi", "藏": "cang",
         "弹": "tan", "阿": "a", "率": "lv", "卷": "juan", "参": "can", "解": "jie", "单": "dan", "会": "hui", "没": "mei"}


def main() -> None:
    """One line a syllable: 'zhong 中钟终...'."""
    sounds: dict[str, list[str]] = defaultdict(list)
    for code in sorted(gb2312()):
        letter = chr(code)
        usual = USUAL.get(letter) or lazy_pinyin(letter, style=Style.NORMAL)[0].replace("ü", "v")
        sounds[usual].append(letter)
    text = "\n".join(f"{sound} {''.join(letters)}" for sound, letters in sorted(sounds.items()))
    OUT.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


if __name__ == "__main__":
    main()
