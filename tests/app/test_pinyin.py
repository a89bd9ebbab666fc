"""Pinyin: the table, the polyphones our titles need, and its size."""

from __future__ import annotations

import gzip

import pytest

from app.pinyin import TABLE, WORDS, _table, spellings, syllables

TITLES = {
    "中心极限定理": ("zhongxinjixiandingli", "zxjxdl"),
    "最大似然估计": ("zuidasiranguji", "zdsrgj"),
    "参数微调": ("canshuweitiao", "cswt"),
    "调度算法": ("diaodusuanfa", "ddsf"),
    "大数定律": ("dashudinglv", "dsdl"),
    "卷积神经网络": ("juanjishenjingwangluo", "jjsjwl"),
    "量化基础": ("lianghuajichu", "lhjc"),
    "并行计算": ("bingxingjisuan", "bxjs"),
    "矩阵的行列": ("juzhendehanglie", "jzdhl"),
    "隐藏层": ("yincangceng", "ycc"),
    "泊松分布": ("bosongfenbu", "bsfb"),
    "概率": ("gailv", "gl"),
    "权重重排": ("quanzhongchongpai", "qzcp"),
}


@pytest.mark.parametrize("title", TITLES)
def test_titles_are_spelt_as_they_are_said(title: str) -> None:
    assert spellings(title) == TITLES[title]


def test_latin_letters_stay_and_signs_go() -> None:
    assert spellings("TCP 可靠传输") == ("tcpkekaochuanshu", "tcpkkcs")
    assert spellings("MHA / MQA") == ("mhamqa", "mhamqa")
    assert spellings("") == ("", "")


def test_one_syllable_for_each_character() -> None:
    text = "Z 的密度，调用 n=30 次重采样"
    assert len(syllables(text)) == len(text)


def test_the_table_knows_all_of_gb2312_and_is_small() -> None:
    table = _table()
    assert len(table) == 6763
    assert all(sound.isascii() and sound.islower() for sound in table.values())
    assert TABLE.stat().st_size <= 40_000
    assert gzip.decompress(TABLE.read_bytes()).decode("utf-8").count("\n") > 380


def test_every_word_by_hand_is_needed() -> None:
    table = _table()
    for word, said in WORDS.items():
        assert len(said.split()) == len(word), word
        assert said.split() != [table[letter] for letter in word], f"{word} is read so anyway"
