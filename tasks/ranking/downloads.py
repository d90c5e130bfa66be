"""The files of MS MARCO passage ranking, TREC Deep Learning and BEIR, a folder per data set.

Sizes and MD5 sums are those ir_datasets publishes (``etc/downloads.json``, version 0.6.3). Files are
named so that :mod:`harness.tasks.ranking.sources` finds them: the queries of TREC DL 2019 are
``queries.tsv.gz`` here and ``msmarco-test2019-queries.tsv.gz`` at their address. Of BEIR, CQADupStack
is left out (twelve data sets in one archive), and MS MARCO, which is here in its own form.
"""

from __future__ import annotations

from harness.task import Download

_MICROSOFT = "https://msmarco.z22.web.core.windows.net/msmarcoranking/"
_NIST = "https://trec.nist.gov/data/deep/"
_BEIR = "https://public.ukp.informatik.tu-darmstadt.de/thakur/BEIR/datasets/"

_RESEARCH = "MS MARCO terms: non-commercial research only"
_PUBLIC = "NIST, public"
_OWNERS = "that of the data set's authors"

TREC_2019, TREC_2020, DEV, BEIR = "trec-dl-2019", "trec-dl-2020", "dev-small", "beir"

_BEIR_SETS = (
    ("trec-covid", 73_876_720, "ce62140cb23feb9becf6270d0d1fe6d1"),
    ("nfcorpus", 2_448_432, "a89dba18a62ef92f7d323ec890a0d38d"),
    ("nq", 498_307_926, "d4d3d2e48787a744b6f6e691ff534307"),
    ("hotpotqa", 654_025_350, "f412724f78b0d91183a0e86805e16114"),
    ("fiqa", 17_948_027, "17918ed23cd04fb15047f73e6c3bd9d9"),
    ("arguana", 3_773_617, "8ad3e3c2a5867cdced806d6503f29b99"),
    ("webis-touche2020", 227_132_363, "46f650ba5a527fc69e0a6521c5a23563"),
    ("quora", 15_853_968, "18fb154900ba42a600f84b839c173167"),
    ("dbpedia-entity", 639_285_131, "c2a39eb420a3164af735795df012ac2c"),
    ("scidocs", 142_471_588, "38121350fc3a4d2f48850f6aff52e4a9"),
    ("fever", 1_236_988_269, "5a818580227bfb4b35bb6fa46d9b6c03"),
    ("climate-fever", 1_228_666_652, "8b66f0a9126c521bae2bde127b4dc99d"),
    ("scifact", 2_816_079, "5f7d1de60b170fc8027bb7898e2efca1"),
)

DOWNLOADS: tuple[Download, ...] = (
    Download(
        f"{_NIST}2019qrels-pass.txt",
        "qrels.txt",
        size=187_092,
        md5="2f4be390198da108f6845c822e5ada14",
        into=TREC_2019,
        licence=_PUBLIC,
    ),
    Download(
        f"{_MICROSOFT}msmarco-test2019-queries.tsv.gz",
        "queries.tsv.gz",
        size=4_276,
        md5="eda71eccbe4d251af83150abe065368c",
        into=TREC_2019,
        licence=_RESEARCH,
    ),
    Download(
        f"{_MICROSOFT}msmarco-passagetest2019-top1000.tsv.gz",
        "top1000.tsv.gz",
        size=26_634_062,
        md5="ec9e012746aa9763c7ff10b3336a3ce1",
        into=TREC_2019,
        licence=_RESEARCH,
    ),
    Download(
        f"{_NIST}2020qrels-pass.txt",
        "qrels.txt",
        size=218_617,
        md5="0355ccee7509ac0463e8278186cdd8d1",
        into=TREC_2020,
        licence=_PUBLIC,
    ),
    Download(
        f"{_MICROSOFT}msmarco-test2020-queries.tsv.gz",
        "queries.tsv.gz",
        size=4_131,
        md5="00a406fb0d14ed3752d70d1e4eb98600",
        into=TREC_2020,
        licence=_RESEARCH,
    ),
    Download(
        f"{_MICROSOFT}msmarco-passagetest2020-top1000.tsv.gz",
        "top1000.tsv.gz",
        size=26_230_218,
        md5="aa6fbc51d66bd1dc745964c0e140a727",
        into=TREC_2020,
        licence=_RESEARCH,
    ),
    Download(
        f"{_MICROSOFT}collectionandqueries.tar.gz",
        "collectionandqueries.tar.gz",
        size=1_057_717_952,
        md5="31644046b18952c1386cd4564ba2ae69",
        # The archive holds queries and judgements of other splits, too; a folder is of one.
        gives=("collection.tsv", "queries.dev.small.tsv", "qrels.dev.small.tsv"),
        pick=True,
        into=DEV,
        licence=_RESEARCH,
    ),
    Download(
        f"{_MICROSOFT}top1000.dev.tar.gz",
        "top1000.dev.tar.gz",
        size=687_414_398,
        md5="8c140662bdf123a98fbfe3bb174c5831",
        gives=("top1000.dev",),
        into=DEV,
        licence=_RESEARCH,
    ),
    *(
        Download(
            f"{_BEIR}{name}.zip",
            f"{name}.zip",
            size=size,
            md5=md5,
            gives=tuple(f"{name}/{file}" for file in ("corpus.jsonl", "queries.jsonl", "qrels")),
            into=BEIR,
            licence=_OWNERS,
        )
        for name, size, md5 in _BEIR_SETS
    ),
)

READS: tuple[str, ...] = (
    *(f"--data {{folder}}/{name}" for name in (TREC_2019, TREC_2020, DEV)),
    f"--data {{folder}}/{BEIR}/scifact --task-set run=FIRST_STAGE_RUN",
)
"""BEIR has no candidates of its own: a run of a first stage names them."""
