"""Pinyin without tones, so that a Chinese title is found by typing letters; a table of GB2312, polyphones by hand."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "assets" / "pinyin.txt.gz"
# Words in which a character is read otherwise than by itself.
WORDS = {
    "重排": "chong pai", "重构": "chong gou", "重启": "chong qi", "重采样": "chong cai yang", "重新": "chong xin",
    "重复": "chong fu", "重现": "chong xian", "重设": "chong she", "重置": "chong zhi", "重做": "chong zuo",
    "重叠": "chong die", "重参数": "chong can shu", "重计算": "chong ji suan", "调度": "diao du", "调用": "diao yong",
    "强调": "qiang diao", "步调": "bu diao", "增长": "zeng zhang", "生长": "sheng zhang", "学校": "xue xiao",
    "银行": "yin hang", "行列": "hang lie", "一行": "yi hang", "每行": "mei hang", "按行": "an hang", "换行": "huan hang",
    "行数": "hang shu", "行和": "hang he", "行向量": "hang xiang liang", "行长": "hang chang", "模板": "mu ban",
    "模样": "mu yang", "了解": "liao jie", "奇数": "ji shu", "奇偶": "ji ou", "阻塞": "zu se", "首都": "shou du", "目的": "mu di",
    "会计": "kuai ji", "弹药": "dan yao",
}
LONGEST = max(map(len, WORDS))


@cache
def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in gzip.decompress(TABLE.read_bytes()).decode("utf-8").splitlines():
        sound, _, letters = line.partition(" ")
        found.update(dict.fromkeys(letters, sound))
    return found


def syllables(text: str) -> list[str]:
    """One item a character: the sound of a Chinese one (ü as v), any other as it is in lower case."""
    sounds: list[str] = []
    at = 0
    while at < len(text):
        word = next((text[at:at + n] for n in range(LONGEST, 1, -1) if text[at:at + n] in WORDS), "")
        sounds += WORDS[word].split() if word else [_table().get(text[at], text[at].lower())]
        at += max(1, len(word))
    return sounds


def spellings(text: str) -> tuple[str, str]:
    """(full pinyin, initials): '中心极限定理' -> ('zhongxinjixiandingli', 'zxjxdl'); letters and digits stay, signs go."""
    sounds = [sound for sound in syllables(text) if sound.isalnum()]
    return "".join(sounds), "".join(sound[0] for sound in sounds)
