"""Collectives as schedules of messages: who sends which blocks to whom in which round. Pure lists; real ranks run them.

Every rank holds n blocks, one a rank. A schedule is a list of rounds; the messages of a round are sent at once. Many are
each other's mirror: a scatter read backwards is a gather, a broadcast read backwards with `combine` is a reduction
(Chan, Heimlich, Purkayastha, van de Geijn, Collective communication: theory, practice, and experience, 2007).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Primitive = Literal["send", "broadcast", "reduce", "all_reduce", "gather", "scatter", "all_gather", "reduce_scatter",
                    "all_to_all", "barrier"]
Algorithm = Literal["ring", "tree", "doubling", "halving", "naive", "library"]


@dataclass(frozen=True)
class Message:
    """Blocks that one rank sends to another, which keeps them or combines them with its own."""

    sender: int
    receiver: int
    blocks: tuple[int, ...]             # rows of the sender's buffer; none: a token of one byte
    into: tuple[int, ...]               # rows of the receiver's buffer
    combine: bool = False
    original: bool = False              # the sender's rows as they were at first (all-to-all)


Round = tuple[Message, ...]
Schedule = tuple[Round, ...]


def sent(sender: int, receiver: int, blocks: tuple[int, ...], combine: bool = False) -> Message:
    """A message whose blocks keep their places."""
    return Message(sender, receiver, blocks, blocks, combine)


def mirrored(schedule: Schedule, combine: bool = False) -> Schedule:
    """The schedule backwards, every message going the other way."""
    return tuple(tuple(replace(m, sender=m.receiver, receiver=m.sender, blocks=m.into, into=m.blocks, combine=combine)
                       for m in messages) for messages in reversed(schedule))


def one_by_one(n: int, root: int, blocks: Callable[[int], tuple[int, ...]]) -> Schedule:
    """The root sends to one rank after the other."""
    return tuple((sent(root, r, blocks(r)),) for r in turned(n, root)[1:])


def turned(n: int, root: int) -> list[int]:
    """The ranks in order, beginning at the root."""
    return [(root + v) % n for v in range(n)]


def everything(n: int) -> Callable[[int], tuple[int, ...]]:
    return lambda rank: tuple(range(n))


def own(rank: int) -> tuple[int, ...]:
    return (rank,)


# trees ----------------------------------------------------------------------------------------------------------------


def tree(n: int, root: int, blocks: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Schedule:
    """A binomial tree from the root: the number of ranks reached doubles each round. `blocks` of those to be reached."""
    ranks, rounds, reach = turned(n, root), [], 1
    while reach < n:
        rounds.append(tuple(sent(ranks[v], ranks[v + reach], blocks(below(ranks, v + reach, 2 * reach)))
                            for v in range(min(reach, n - reach))))
        reach *= 2
    return tuple(rounds)


def below(ranks: list[int], v: int, step: int) -> tuple[int, ...]:
    """Rank number v of the tree and all that it passes on to later: v, v + step, v + 2 step, v + step + 2 step, ..."""
    found, frontier = [v], step
    while frontier < len(ranks):
        found += [w + frontier for w in found if w + frontier < len(ranks)]
        frontier *= 2
    return tuple(sorted(ranks[w] for w in found))


# rings ----------------------------------------------------------------------------------------------------------------


def ring_all_gather(n: int, first: int = 0) -> Schedule:
    """Each rank passes on to its right what it got last; rank r begins with block r + first."""
    return tuple(tuple(sent(r, (r + 1) % n, ((r + first - s) % n,)) for r in range(n)) for s in range(n - 1))


def ring_reduce_scatter(n: int, first: int = -1) -> Schedule:
    """Partial sums go round to the right; rank r ends with block r + first + 1, the sum of all."""
    return tuple(tuple(sent(r, (r + 1) % n, ((r + first - s) % n,), combine=True) for r in range(n)) for s in range(n - 1))


def chain(n: int, root: int) -> Schedule:
    """A pipeline: block after block goes from the root down a line of ranks, all links busy once it is filled."""
    ranks = turned(n, root)
    return tuple(tuple(sent(ranks[v], ranks[v + 1], (t - v,)) for v in range(n - 1) if 0 <= t - v < n)
                 for t in range(2 * n - 2))


# powers of two --------------------------------------------------------------------------------------------------------


def bruck(n: int) -> Schedule:
    """All-gather in log2 n rounds, rounded up: rank r passes all it has to rank r - d, for d = 1, 2, 4, ..."""
    rounds, d = [], 1
    while d < n:
        rounds.append(tuple(sent(r, (r - d) % n, tuple((r + k) % n for k in range(min(d, n - d)))) for r in range(n)))
        d *= 2
    return tuple(rounds)


def folded(n: int, inner: Callable[[int], Schedule]) -> Schedule:
    """Where n is no power of two, the extra ranks hand their buffers in first, and get the result last."""
    power = 1 << (n.bit_length() - 1)
    extra = tuple(sent(r, r - power, tuple(range(n)), combine=True) for r in range(power, n))
    return ((extra,) if extra else ()) + inner(power) + (mirrored((extra,)) if extra else ())


def doubling(n: int) -> Schedule:
    """Recursive doubling: partners at distance 1, 2, 4, ... exchange everything and add."""
    def inner(power: int) -> Schedule:
        return tuple(tuple(sent(r, r ^ (1 << k), tuple(range(n)), combine=True) for r in range(power))
                     for k in range(power.bit_length() - 1))

    return folded(n, inner)


def halving(n: int) -> Schedule:
    """Recursive halving, then doubling (Rabenseifner): exchange half of what one is in charge of, then gather back."""
    def inner(power: int) -> Schedule:
        share = [n * i // power for i in range(power + 1)]              # blocks of each of the 2^k ranks
        rounds, d = [], power // 2
        while d:
            rounds.append(tuple(sent(r, r ^ d, tuple(range(share[(r ^ d) & ~(d - 1)], share[((r ^ d) & ~(d - 1)) + d])),
                                     combine=True) for r in range(power)))
            d //= 2
        return tuple(rounds) + mirrored(tuple(rounds))

    return folded(n, inner)


def dissemination(n: int) -> Schedule:
    """A barrier: rank r tells rank r + d for d = 1, 2, 4, ...; then each has heard of all, directly or not."""
    return tuple(tuple(sent(r, (r + (1 << k)) % n, ()) for r in range(n)) for k in range((n - 1).bit_length()))


# the table ------------------------------------------------------------------------------------------------------------


def exchange(n: int) -> Schedule:
    """All-to-all: in round k each rank sends to the rank k to its right."""
    return tuple(tuple(Message(r, (r + k) % n, ((r + k) % n,), (r,), original=True) for r in range(n)) for k in range(1, n))


def in_turn(schedule: Schedule) -> Schedule:
    """One message at a time, sender after sender."""
    return tuple((m,) for m in sorted((m for messages in schedule for m in messages), key=lambda m: m.sender))


def nothing(rank: object) -> tuple[int, ...]:
    return ()


def token_ring(n: int, root: int) -> Schedule:
    """A barrier: a token goes round twice, once to count everybody, once to let everybody go."""
    ranks = turned(n, root)
    hops = [(ranks[v % n], ranks[(v + 1) % n]) for v in range(2 * n - 1)]
    return tuple((sent(a, b, ()),) for a, b in hops)


Maker = Callable[[int, int], Schedule]
TABLE: dict[str, dict[str, Maker]] = {
    "send": {"naive": lambda n, root: ((sent(root, (root + 1) % n, tuple(range(n))),),)},
    "broadcast": {"ring": chain, "tree": lambda n, root: tree(n, root, lambda ranks: tuple(range(n))),
                  "naive": lambda n, root: one_by_one(n, root, everything(n))},
    "reduce": {"ring": lambda n, root: mirrored(chain(n, root), combine=True),
               "tree": lambda n, root: mirrored(tree(n, root, lambda ranks: tuple(range(n))), combine=True),
               "naive": lambda n, root: mirrored(one_by_one(n, root, everything(n)), combine=True)},
    "all_reduce": {"ring": lambda n, root: ring_reduce_scatter(n, 0) + ring_all_gather(n, 1),
                   "tree": lambda n, root: schedule("reduce", "tree", n, root) + schedule("broadcast", "tree", n, root),
                   "doubling": lambda n, root: doubling(n), "halving": lambda n, root: halving(n),
                   "naive": lambda n, root: schedule("reduce", "naive", n, root) + schedule("broadcast", "naive", n, root)},
    "gather": {"tree": lambda n, root: mirrored(tree(n, root, lambda ranks: ranks)),
               "naive": lambda n, root: mirrored(one_by_one(n, root, own))},
    "scatter": {"tree": lambda n, root: tree(n, root, lambda ranks: ranks),
                "naive": lambda n, root: one_by_one(n, root, own)},
    "all_gather": {"ring": lambda n, root: ring_all_gather(n), "doubling": lambda n, root: bruck(n),
                   "naive": lambda n, root: schedule("gather", "naive", n, root) + schedule("broadcast", "naive", n, root)},
    "reduce_scatter": {"ring": lambda n, root: ring_reduce_scatter(n),
                       "doubling": lambda n, root: mirrored(bruck(n), combine=True),
                       "naive": lambda n, root: schedule("reduce", "naive", n, root) + schedule("scatter", "naive", n, root)},
    "all_to_all": {"ring": lambda n, root: exchange(n), "naive": lambda n, root: in_turn(exchange(n))},
    "barrier": {"ring": token_ring, "tree": lambda n, root: mirrored(tree(n, root, nothing)) + tree(n, root, nothing),
                "doubling": lambda n, root: dissemination(n),
                "naive": lambda n, root: mirrored(one_by_one(n, root, nothing)) + one_by_one(n, root, nothing)},
}
REDUCES = ("reduce", "all_reduce", "reduce_scatter")
ROOTED = ("send", "broadcast", "reduce", "gather", "scatter")


def algorithms(primitive: str) -> tuple[str, ...]:
    """The ways to do it: those built from messages here, and the library's own."""
    return (*TABLE[primitive], "library")


def schedule(primitive: str, algorithm: str, n: int, root: int = 0) -> Schedule:
    """The rounds of messages of a collective on n ranks; none for the library's own, whose messages nobody sees."""
    return () if algorithm == "library" else TABLE[primitive][algorithm](n, root)
