"""Pinyin without tones, so that a Chinese title is found by typing letters; a table of GB2312, polyphones by hand."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "assets" / "pinyin.txt.gz"
WORDS = {"重排": "chong pai", "重构": "chong gou", "行列": "hang lie", "银行": "yin hang", "长度": "chang du",
         "长短": "chang duan", "调度": "diao du", "降重": "jiang chong", "参数": "can shu", "解析": "jie xi",
         "曾": "ceng", "重采样": "chong cai yang", "重启": "chong qi", "行为": "xing wei", "传播": "chuan bo"}


@cache
def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in gzip.decompress(TABLE.read_bytes()).decode("utf-8").splitlines():
        sound, _, letters = line.partition(" ")
        found.update(dict.fromkeys(letters, sound))
    return found


def syllables(text: str) -> list[str]:
    """The sound of each Chinese character, other characters as they are, in lower case."""
    sounds: list[str] = []
    at = 0
    while at < len(text):
        word = next((w for w in WORDS if text.startswith(w, at)), "")
        if word:
            sounds += WORDS[word].split()
            at += len(word)
        else:
            sounds.append(_table().get(text[at], text[at].lower()))
            at += 1
    return sounds


def spellings(text: str) -> tuple[str, str]:
    """(full pinyin, initials): '中心极限定理' -> ('zhongxinjixiandingli', 'zxjxdl')."""
    sounds = [s for s in syllables(text) if s.strip()]
    return "".join(sounds), "".join(s[0] for s in sounds)
