"""Search: what a reader types finds what they mean, in either language, and fast."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import Catalog, Chapter
from app.entry import Entry, Words
from app.matching import Line, compact, slip_reach
from app.search import Hit, Search

CHAPTERS = {
    "networks": ("Networks", "计算机网络"), "systems": ("Operating systems", "操作系统"),
    "mathematics": ("Mathematics", "数学基础"),
    "python": ("Python", "Python 基础"), "classical": ("Classic machine learning", "传统机器学习"),
    "deep": ("Deep learning", "深度学习"), "transformer": ("Transformer & Llama 2", "Transformer 与 Llama 2"),
    "distributed": ("Pre-training at scale", "大模型预训练"), "inference": ("Inference", "推理部署"),
    "tuning": ("Fine-tuning", "微调"), "compression": ("Compression", "轻量化"), "caching": ("Context caching", "上下文缓存"),
}
CONCEPTS = """
networks.layers|Five layers and encapsulation|五层模型与封装|OSI,Ethernet|A frame, byte by byte
networks.tcp|Reliable transport by TCP|TCP 可靠传输|Reno,CUBIC,滑动窗口|Lost, and sent again
networks.sockets|Ports and sockets|端口与套接字|UDP|Who hears whom
networks.vpn|VPN tunnel|VPN 隧道|WireGuard|A letter inside a letter
systems.processes|Processes and threads|进程与线程|fork|What they share
systems.scheduling|Scheduling|调度算法|FCFS,SJF,round robin,Gantt|Who runs next
systems.concurrency|Concurrency control|并发控制|mutex,deadlock,死锁|Two hands, one counter
systems.memory|Address translation and page tables|地址转换与页表|TLB,Belady,LRU|From virtual to physical
systems.cache|Cache|Cache|AMAT,高速缓存|Near is fast
mathematics.derivative|Derivatives|微分与偏导|gradient,Taylor|Secants become the tangent
mathematics.bayes|Bayes’ theorem|贝叶斯公式|posterior,Beta–Binomial|Belief sharpens with data
mathematics.large_numbers|Law of large numbers|大数定律|LLN,Chebyshev|Averages settle, slowly
mathematics.clt|Central limit theorem|中心极限定理|CLT,normal,Berry–Esseen,林德伯格|Sums forget their origin
mathematics.likelihood|Maximum likelihood|最大似然估计|MLE,Fisher information|Climb to the likeliest
mathematics.linear_maps|Linear maps|线性代数的本质|SVD,eigenvector,行列式|A grid, moved
python.objects|Names and objects|基本语法与概念|reference,mutable|Who points where
python.arrays|NumPy arrays|NumPy 数组|stride,broadcasting|One memory, many shapes
python.threading|Threads|多线程|GIL,lock|They wait together
python.multiprocessing|Processes in Python|多进程|Amdahl,shared memory|More cores, less time
python.asyncio|Coroutines|协程|event loop,await|One thread, many waits
classical.knn|k-nearest neighbours|KNN|kNN,最近邻|Ask the neighbours
classical.kmeans|K-means|K-means|Lloyd,聚类|Centres walk to the middle
classical.svm|Support vector machine|SVM|SMO,kernel,支持向量机|The widest street
classical.pca|Principal components|PCA|eigenvalue,主成分分析|Turn to the longest axis
classical.lda|Linear discriminant analysis|LDA|Fisher,线性判别分析|The axis that separates
classical.logistic|Logistic regression|逻辑回归|sigmoid,softmax,ROC|A line, made soft
classical.gradient_descent_1d|Gradient descent on a line|一维梯度下降|Taylor,learning rate|A step against the slope
classical.gradient_descent|Gradient descent|多维梯度下降|GD,SGD,Adam,momentum,Rosenbrock,学习率|Nine ways down a valley
classical.generalization|Training and generalisation error|训练误差与泛化误差|bias–variance,overfitting,过拟合|Fit is not truth
deep.mlp|Neural network|神经网络|MLP,backpropagation,反向传播|A plane, folded
deep.cnn|Convolution|卷积神经网络|CNN,kernel,Grad-CAM|One small window, everywhere
deep.gnn|Graph network|图神经网络|GNN,GCN,GAT|Neighbours talk
deep.rnn|RNN|RNN|recurrent,BPTT,循环神经网络|Gradients fade or burst
deep.lstm|LSTM|LSTM|GRU,long short-term memory|A gate keeps the past
transformer.attention|Attention|注意力与自注意力|self-attention,QKV|Who listens to whom
transformer.block|Transformer block|Transformer 结构|encoder,decoder|A stream, twice amended
transformer.kv_cache|KV cache|KV Cache|key,value|Never compute a key twice
transformer.llama|Llama 2|Llama 2 结构|Meta|The whole model
transformer.rmsnorm|RMSNorm|RMSNorm|LayerNorm,归一化|Same length, same direction
transformer.rope|Rotary positions|RoPE 旋转位置编码|RoPE,rotary embedding|Position as an angle
transformer.heads|Grouped queries|MHA / MQA / GQA|multi-head,grouped-query|Share the keys
transformer.ffn|Feed-forward and SwiGLU|前馈层与 SwiGLU|GLU,SiLU|Widen, gate, narrow
distributed.collectives|Collectives|通信原语|all-reduce,NCCL|Everyone has a piece
distributed.data|Data parallelism|DP 与 DDP|DDP,data parallel|Same model, other data
distributed.pipeline|Pipeline parallelism|流水线并行|GPipe,1F1B|Stages and bubbles
distributed.tensor|Tensor parallelism|张量并行|column,row|A matrix, cut
distributed.megatron|Megatron-LM 3D parallelism|Megatron-LM 3D 并行|3D|Three cuts at once
distributed.zero|DeepSpeed ZeRO|DeepSpeed ZeRO|FSDP,optimizer states|Nobody keeps it all
distributed.flash|FlashAttention 1/2/3|FlashAttention 1/2/3|online softmax,tiling|Never write the big matrix
inference.overview|Efficient inference|高效推理全景|latency,throughput|Where the time goes
inference.vllm|vLLM|vLLM|PagedAttention,paging|Memory in pages
inference.lightllm|LightLLM|LightLLM|token attention|Memory by the token
inference.tensorrt|TensorRT|TensorRT|fusion,graph|Fewer, larger kernels
tuning.peft|Full and efficient fine-tuning|全参数与高效参数微调|PEFT,adapter|Train a little
tuning.prompt|Prompt tuning|提示词微调|prefix,soft prompt|Learn the question
tuning.instruction|Instruction tuning|指令微调|SFT,alignment|Learn to answer
tuning.lora|LoRA|LoRA|low rank,低秩|Two thin matrices
compression.pruning|Pruning|剪枝：结构化与非结构化|sparsity,稀疏|Cut what is small
compression.distillation|Distillation|蒸馏|teacher,student|A small one learns from a large one
compression.quantization|Quantisation|量化基础|INT8,rounding|Fewer bits
compression.gptq|GPTQ|GPTQ|Hessian|Round, and repair
compression.awq|AWQ|AWQ|activation-aware|Keep what matters
caching.memserve|Context caching|上下文缓存 (MemServe)|MemServe,prefix cache|Remember the beginning
deep.autoencoder|Autoencoder|自编码器|VAE,bottleneck|Through the needle’s eye
deep.diffusion|Diffusion|扩散模型|DDPM,noise|From noise, a picture
deep.optimizers|Café of optimisers|优化器|naïve|Many ways down
mathematics.entropy|Entropy|熵|KL,信息论|How much is not known
"""


def made(row: str, order: int) -> Entry:
    key, en, zh, synonyms, summary = row.split("|")
    return Entry(key, key.partition(".")[0], order, Words(en, zh), Words(summary, ""), Words(), tuple(synonyms.split(",")))


@pytest.fixture(scope="module")
def search() -> Search:
    chapters = tuple(Chapter(n, key, Words(*title)) for n, (key, title) in enumerate(CHAPTERS.items(), 1))
    rows = CONCEPTS.strip().splitlines()
    assert len(rows) >= 66
    return Search(Catalog(chapters, tuple(made(row, order) for order, row in enumerate(rows))))


def ids(search: Search, query: str) -> list[str]:
    return [hit.id for hit in search.find(query)]


FIRST = {
    # English: prefix, words, no spaces, initials, any order
    "central": "mathematics.clt", "Central Limit Theorem": "mathematics.clt", "limit": "mathematics.clt",
    "limit central": "mathematics.clt", "lln": "mathematics.large_numbers", "loln": "mathematics.large_numbers",
    "kmeans": "classical.kmeans", "k means": "classical.kmeans", "K-Means": "classical.kmeans", "svm": "classical.svm",
    "gradient descent": "classical.gradient_descent", "gradient": "classical.gradient_descent",
    "bayes theorem": "mathematics.bayes", "bayes'": "mathematics.bayes", "rnn": "deep.rnn", "lo": "tuning.lora",
    # accents and case
    "CAFE": "deep.optimizers", "café": "deep.optimizers", "naive": "deep.optimizers",
    # Chinese, its sound, its initials, mixtures
    "极限": "mathematics.clt", "中心极限定理": "mathematics.clt", "zhongxin": "mathematics.clt", "zxjx": "mathematics.clt",
    "zhongxjx": "mathematics.clt", "zuidasiran": "mathematics.likelihood", "dslv": "", "dashudinglv": "mathematics.large_numbers",
    "dashudinglu": "mathematics.large_numbers", "diaodu": "systems.scheduling", "weitiao": "tuning.instruction",
    "juanji": "deep.cnn", "梯度": "classical.gradient_descent_1d",
    "tidu": "classical.gradient_descent_1d", "熵": "mathematics.entropy",
    "tcp 可靠": "networks.tcp", "jixian": "mathematics.clt",
    # synonyms, ids
    "adam": "classical.gradient_descent", "学习率": "classical.gradient_descent", "lindeboge": "mathematics.clt",
    "mathematics.clt": "mathematics.clt", "gradient_descent_1d": "classical.gradient_descent_1d", "paged": "inference.vllm",
    "guonihe": "classical.generalization", "berry esseen": "mathematics.clt",
    # letters in order, summaries, one slip
    "grdes": "classical.gradient_descent", "forget their": "mathematics.clt", "centrel": "mathematics.clt",
    "gradeint": "classical.gradient_descent", "theorm": "mathematics.bayes", "attenton": "transformer.attention",
    "softmx": "classical.logistic", "zhongxni": "mathematics.clt",
}


@pytest.mark.parametrize("query", FIRST)
def test_the_meant_concept_comes_first(search: Search, query: str) -> None:
    found = ids(search, query)
    assert (found[0] if found else "") == FIRST[query], found[:5]


def test_better_ways_of_matching_rank_higher(search: Search) -> None:
    prefix, word, initials, sound, synonym, summary, slip = (
        search.find(query)[0].rank for query in ("central", "limit", "clt", "jixian", "林德伯格", "forget", "centrel"))
    assert prefix < word < initials < sound < synonym < summary < slip
    assert ids(search, "attention")[0] == "transformer.attention"


def test_a_chapter_finds_its_concepts(search: Search) -> None:
    assert {"deep.rnn", "deep.cnn", "deep.lstm"} <= set(ids(search, "deep learning"))
    assert {"systems.cache", "systems.memory"} <= set(ids(search, "操作系统"))


@pytest.mark.parametrize("query", ["", "   ", "!?", "——", "qzxwvj", "\U0001f600", "\x00"])
def test_nothing_meant_finds_nothing(search: Search, query: str) -> None:
    assert search.find(query) == []


def test_slips_are_not_looked_for_when_something_fits(search: Search) -> None:
    assert all(hit.rank < 8 for hit in search.find("cache"))
    assert search.find("cach")


def test_the_limit_is_kept(search: Search) -> None:
    assert len(search.find("a", 3)) == 3
    assert search.find("a", 0) == []


def highlighted(hit: Hit, title: str, language: str) -> list[str]:
    return [title[start:end] for start, end in hit.spans(language)]


@pytest.mark.parametrize(("query", "language", "expected"), [
    ("central", "en", ["Central"]), ("central lim", "en", ["Central lim"]), ("clt", "en", ["C", "l", "t"]),
    ("theorem central", "en", ["Central", "theorem"]), ("centrel", "en", ["Central"]), ("极限", "zh", ["极限"]),
    ("jixian", "zh", ["极限"]), ("zxjx", "zh", ["中心极限"]), ("zhongxjx", "zh", ["中心极限"]), ("林德伯格", "zh", []),
    ("CENTRAL LIMIT", "en", ["Central limit"]),
])
def test_what_matched_is_told(search: Search, query: str, language: str, expected: list[str]) -> None:
    hit = next(hit for hit in search.find(query) if hit.id == "mathematics.clt")
    assert highlighted(hit, "Central limit theorem" if language == "en" else "中心极限定理", language) == expected


def test_a_title_alike_in_both_languages_is_marked_in_both(search: Search) -> None:
    hit = search.find("k mea")[0]
    assert hit.en == hit.zh == ((0, 5),)


def test_the_synonym_that_matched_is_told(search: Search) -> None:
    assert search.find("rosenb")[0].also == "Rosenbrock"
    assert search.find("林德")[0].also == "林德伯格"
    assert search.find("central")[0].also == ""
    assert search.find("mathematics.clt")[0].also == ""


@given(st.text(max_size=12))
def test_any_text_may_be_typed(query: str) -> None:
    odd = made("deep.ae|Café of RoPE’s θ̂₁|Łódź 的 RoPE 旋转|K–L,½|x", 0)
    catalog = Catalog((Chapter(1, "deep", Words("Deep", "深度")),), (odd,))
    for hit in Search(catalog).find(query):
        for language in ("en", "zh"):
            title = catalog.entries[0].title(language)
            assert all(0 <= start < end <= len(title) for start, end in hit.spans(language))


@given(st.text(alphabet="abcdef", min_size=1, max_size=8), st.integers(0, 8), st.sampled_from("ghij"))
def test_one_slip_is_allowed(word: str, at: int, letter: str) -> None:
    at = min(at, len(word) - 1)
    for typed in (word[:at] + letter + word[at + 1:], word[:at] + letter + word[at:], word[:at] + word[at + 1:],
                  word[:at] + word[at:at + 2][::-1] + word[at + 2:]):
        assert len(typed) < 2 or slip_reach(typed, word), typed


@given(st.text(alphabet="ab", min_size=4, max_size=7), st.text(alphabet="ab", min_size=4, max_size=7))
def test_two_slips_are_too_many(typed: str, text: str) -> None:
    starts = [text[:n] for n in range(len(text) + 1)]
    near = any(distance(typed, start) <= 1 for start in starts)
    assert bool(slip_reach(typed, text)) == near, (typed, text)


def distance(a: str, b: str) -> int:
    """Letters to change, add, leave out or swap with a neighbour (each letter once): the textbook table."""
    table = {(i, j): max(i, j) for i in range(len(a) + 1) for j in range(len(b) + 1) if not i or not j}
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(a), len(b)]


def test_letters_are_compared_without_accents_signs_and_case() -> None:
    assert compact("Café—K-Means’ ½ Zₙ") == "cafekmeans12zn"
    line = Line.of("Berry–Esseen bound’s 上界")
    assert [line.text[start] for start in line.starts] == ["b", "e", "b", "上", "界"]


def test_it_is_fast(search: Search) -> None:
    queries = ["c", "central", "clt", "zxjx", "zhongxinjixiandingli", "centrel limt", "qzxwvj", "gradient descent line", "学习"]
    took = []
    for query in queries:
        best = min(_seconds(search, query) for _ in range(7))
        took.append(best)
    # The bar is 3 ms; a slow or busy machine is allowed three times that before this is called a fault.
    assert max(took) < 0.009, dict(zip(queries, took, strict=True))


def _seconds(search: Search, query: str) -> float:
    start = time.perf_counter()
    search.find(query)
    return time.perf_counter() - start


def test_the_real_catalog_is_found_by_its_own_titles() -> None:
    catalog = Catalog.load()
    real = Search(catalog)
    for entry in catalog.entries:
        for title in (entry.title.en, entry.title.zh, entry.id):
            assert real.find(title)[0].id == entry.id, title
