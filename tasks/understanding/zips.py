"""The official archives of SuperGLUE and GLUE, by the folder of a task in them.

Sizes and SHA-256 are those that the datasets package recorded for these addresses
(``dataset_infos.json`` of its ``super_glue`` and ``glue``); GLUE's are also in tensorflow_datasets.
"""

from __future__ import annotations

from harness.task import Download

_BASE = "https://dl.fbaipublicfiles.com/"
_RESEARCH = "research use"
_PASCAL = "research use (PASCAL challenges)"

_SUPERGLUE: dict[str, tuple[int, str, str]] = {
    "BoolQ": (
        4_118_001,
        "853fbe7922f70c59629f06a39e8d9ca440c3d740e760fd3b87a5ddf3dcba2436",
        "CC BY-SA 3.0",
    ),
    "CB": (75_482, "8d641383298d54554066ba1c93f56ae7410af75df621b90c63028806bbbbb535", _RESEARCH),
    "COPA": (
        43_986,
        "405906cddac74bc1e1ce8220f1107d1025b66a25ef10149d91b10bb30651125f",
        "BSD 2-clause",
    ),
    "MultiRC": (
        1_116_225,
        "b3cd440856e72eb166b2edcd37b798455f1ebd51f2c3de64c0c2a4e1971d2737",
        _RESEARCH,
    ),
    "ReCoRD": (
        51_757_880,
        "30c7b651ab21b8bf8fab986495cd1084333010e040548f861b839eec0044ac18",
        "Apache 2.0 (code); the news texts keep their own terms",
    ),
    "RTE": (750_920, "6310aab3f000424c9d0318a1ff20692e07c7f4aa15e8f17a5972ea0a35c398b9", _PASCAL),
    "WiC": (
        396_213,
        "ee7e67f4ae9eafbf533780faa198e62167f3cda54256cdf261877be3c0e90900",
        "CC BY-NC 4.0",
    ),
    "WSC": (
        32_751,
        "2ed6dfa94556b4a128ff0441efe365b2e883124e7e6aa00fb8d3a6cb1fd520a9",
        "CC BY 4.0",
    ),
}

_GLUE: dict[str, tuple[str, int, str, str]] = {
    "CoLA": (
        "CoLA.zip",
        376_971,
        "f212fcd832b8f7b435fb991f101abf89f96b933ab400603bf198960dfc32cbff",
        _RESEARCH,
    ),
    "QNLI": (
        "QNLIv2.zip",
        10_627_589,
        "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5",
        "CC BY-SA 4.0",
    ),
    "RTE": (
        "RTE.zip",
        697_150,
        "6bf86de103ecd335f3441bd43574d23fef87ecc695977a63b82d5efb206556ee",
        _PASCAL,
    ),
    "SST-2": (
        "SST-2.zip",
        7_439_277,
        "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa",
        _RESEARCH,
    ),
    "STS-B": (
        "STS-B.zip",
        802_872,
        "e60a6393de5a8b5b9bac5020a1554b54e3691f9d600b775bd131e613ac179c85",
        "scores CC BY-SA 4.0, texts under their own terms",
    ),
}

_MICROSOFT = "Microsoft's research licence: not to be published further"


def superglue(folder: str) -> tuple[Download, ...]:
    """Return the archive of a SuperGLUE task, which holds ``folder`` with its three files."""
    size, sha256, licence = _SUPERGLUE[folder]
    name = f"{folder}.zip"
    gives = tuple(f"{folder}/{split}.jsonl" for split in ("train", "val", "test"))
    url = f"{_BASE}glue/superglue/data/v2/{name}"
    return (Download(url, name, sha256, size, gives, pick=True, licence=licence),)


def glue(folder: str) -> tuple[Download, ...]:
    """Return the archive of a GLUE task, which holds ``folder`` with its three files."""
    name, size, sha256, licence = _GLUE[folder]
    gives = tuple(f"{folder}/{split}.tsv" for split in ("train", "dev", "test"))
    url = f"{_BASE}glue/data/{name}"
    return (Download(url, name, sha256, size, gives, pick=True, licence=licence),)


def mrpc() -> tuple[Download, ...]:
    """Return the two files of the paraphrase corpus, which GLUE has no archive of."""
    base = f"{_BASE}senteval/senteval_data/"
    files = (
        (
            "msr_paraphrase_train.txt",
            1_047_044,
            "60a9b09084528f0673eedee2b69cb941920f0b8cd0eeccefc464a98768457f89",
        ),
        (
            "msr_paraphrase_test.txt",
            441_275,
            "a04e271090879aaba6423d65b94950c089298587d9c084bf9cd7439bd785f784",
        ),
    )
    return tuple(
        Download(f"{base}{name}", name, sha256, size, into="MRPC", licence=_MICROSOFT)
        for name, size, sha256 in files
    )
