"""The embedded mini passage collection, written in MS MARCO's and TREC's formats.

Every query asks for one fact of :mod:`harness.tasks.mini.ranking_facts`. Around it lie passages that
tell the fact (grade 3), tell it in part (2), tell something else of the same agent and thing (1),
and passages that share the query's words without answering it (0), all padded with everyday
sentences of unequal length. The first stage is deliberately plain: the number of different query
words in a passage, ties by passage id.

The three splits share no passage and no query; they are written once into the cache, in under a
second, and the folder's name holds a digest of the generator, so that a changed one writes anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from harness.errors import Unavailable
from harness.paths import cache_root, write_atomically
from harness.tasks.mini import ranking_facts
from harness.tasks.mini.ranking_facts import Draw, Fact

QUERIES = {"train": 120, "validation": 60, "test": 100}
DEPTH = 50
"""Candidates a query."""

_FIRST_ID = {"train": 100_000, "validation": 300_000, "test": 500_000}
_FILES = ("collection.tsv", "queries.tsv", "qrels.txt", "run.first_stage.txt")
_EVERYDAY_TEXT = (
    "the of and a to in was that it on for with as at by from when how who said this were which "
    "had not are but they has one all people there time many year after first would also more "
    "other some city than town day over house during later between under water life several "
    "country early home world night morning road family winter summer work old part north river "
    "street white story long light door south line land hand number letter hill money field"
)
_EVERYDAY = tuple(_EVERYDAY_TEXT.split())


class Passage(NamedTuple):
    """A passage and the facts it tells."""

    doc_id: str
    text: str
    facts: tuple[Fact, ...]


def folder(split: str) -> Path:
    """Return the folder of a split's files, writing them first if they are not there.

    Raises:
        Unavailable: The cache cannot be written.
    """
    digest = hashlib.sha256()
    for module in (__file__, ranking_facts.__file__):
        digest.update(Path(module).read_bytes())
    target = cache_root() / "mini_msmarco" / digest.hexdigest()[:12] / split
    if not all((target / name).is_file() for name in _FILES):
        try:
            for name, text in contents(split).items():
                write_atomically(target / name, text.encode())
        except OSError as error:
            raise Unavailable(
                f"{target}: the embedded collection cannot be written ({error.strerror}); "
                "set HARNESS_CACHE to a folder that can"
            ) from None
    return target


def contents(split: str) -> dict[str, str]:
    """Return the text of each file of a split, by name."""
    draw = Draw(f"mini msmarco {split}")
    asked: dict[str, Fact] = {}
    told: list[tuple[Fact, ...]] = []
    while len(asked) < QUERIES[split]:
        fact = ranking_facts.any_fact(draw)
        if fact not in asked.values():
            asked[str(_FIRST_ID[split] // 100 + 7 * len(asked))] = fact
            told += _around(fact, draw)
    passages = [
        Passage(str(_FIRST_ID[split] + 3 * number), _text(facts, draw), facts)
        for number, facts in enumerate(draw.shuffled(told))
    ]
    questions = {query: ranking_facts.question(fact, draw) for query, fact in asked.items()}
    return {
        "collection.tsv": "".join(f"{p.doc_id}\t{p.text}\n" for p in passages),
        "queries.tsv": "".join(f"{query}\t{text}\n" for query, text in questions.items()),
        "qrels.txt": "".join(_judge(query, fact, passages) for query, fact in asked.items()),
        "run.first_stage.txt": _first_stage(questions, passages),
    }


def _around(fact: Fact, draw: Draw) -> list[tuple[Fact, ...]]:
    """Return the facts of the passages made for one query: answers, half answers, distractors."""
    partly = [
        replace(fact, quality=-1),
        replace(fact, place=draw.other(len(ranking_facts.PLACES), fact.place)),
        replace(fact, quality=draw.other(len(ranking_facts.QUALITIES), fact.quality)),
    ]
    chosen = [fact] * (1 + draw.below(2)) + partly[: 1 + draw.below(3)]
    chosen += [ranking_facts.distract(fact, draw) for _ in range(5 + draw.below(6))]
    made = []
    for centre in chosen:
        others = [ranking_facts.any_fact(draw) for _ in range(1 + draw.below(4))]
        made.append(tuple(draw.shuffled([centre, *others])))
    # The right words spread over facts that have nothing to do with each other.
    for _ in range(2):
        scattered = [ranking_facts.any_fact(draw) for _ in range(3)]
        scattered[0] = replace(scattered[0], agent=fact.agent, act=fact.act)
        scattered[1] = replace(scattered[1], thing=fact.thing, quality=fact.quality)
        scattered[2] = replace(scattered[2], place=fact.place)
        made.append(tuple(scattered))
    return made


def _text(facts: Sequence[Fact], draw: Draw) -> str:
    """Return a passage: its facts in order, everyday sentences between them."""
    sentences = []
    for fact in facts:
        sentences.append(ranking_facts.sentence(fact, draw))
        for _ in range(draw.below(3)):
            words = [_EVERYDAY[draw.zipf(len(_EVERYDAY))] for _ in range(4 + draw.below(12))]
            sentences.append(" ".join(words).capitalize() + ".")
    return " ".join(sentences)


def _judge(query: str, asked: Fact, passages: Sequence[Passage]) -> str:
    """Return a query's judgements: every passage with a grade, and those on its agent or thing."""
    lines = []
    for passage in passages:
        best = max(ranking_facts.grade(asked, fact) for fact in passage.facts)
        near = any(f.act == asked.act and f.place == asked.place for f in passage.facts)
        if best or near:
            lines.append(f"{query} 0 {passage.doc_id} {best}\n")
    return "".join(lines)


def _first_stage(questions: dict[str, str], passages: Sequence[Passage]) -> str:
    """Return a TREC run: the passages that hold most of the query's words."""
    words = [(p.doc_id, frozenset(p.text.lower().replace(".", " ").split())) for p in passages]
    lines = []
    for query, text in questions.items():
        asked = frozenset(text.split())
        shared = sorted(((len(asked & held), doc) for doc, held in words), reverse=True)
        lines += [
            f"{query} Q0 {doc} {rank} {count} overlap\n"
            for rank, (count, doc) in enumerate(shared[:DEPTH], start=1)
        ]
    return "".join(lines)
