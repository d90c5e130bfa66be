"""Word senses, causes and pronoun schemas of the mini world of text, as plain tables."""

from __future__ import annotations

TOPICS: dict[str, tuple[str, ...]] = {
    "water": ("river", "stream", "reed", "wave", "mud", "pond", "flood", "shore"),
    "money": ("loan", "coin", "fee", "debt", "purse", "wage", "clerk", "cheque"),
    "wildlife": ("nest", "feather", "burrow", "claw", "cub", "herd", "den", "wing"),
    "sport": ("ball", "team", "match", "goal", "coach", "score", "whistle", "trophy"),
    "music": ("song", "choir", "melody", "chord", "concert", "verse", "hymn", "dance"),
    "building": ("beam", "brick", "cable", "scaffold", "cement", "girder", "roof", "crew"),
    "body": ("bone", "skin", "blood", "muscle", "wound", "surgeon", "nerve", "rib"),
    "office": ("letter", "stamp", "envelope", "desk", "file", "wax", "printer", "report"),
}
"""Topic to its words, the context that fixes the sense of an ambiguous word."""

SENSES: dict[str, tuple[str, str]] = {
    "bank": ("water", "money"),
    "crane": ("wildlife", "building"),
    "seal": ("wildlife", "office"),
    "organ": ("music", "body"),
    "pitch": ("sport", "music"),
    "bark": ("wildlife", "building"),
    "current": ("water", "building"),
    "spring": ("water", "building"),
    "bat": ("wildlife", "sport"),
    "palm": ("water", "body"),
    "note": ("music", "money"),
    "club": ("sport", "music"),
    "draft": ("office", "water"),
    "tissue": ("body", "office"),
    "scale": ("music", "wildlife"),
    "key": ("music", "office"),
    "cell": ("body", "building"),
    "interest": ("money", "sport"),
    "staff": ("office", "music"),
    "trunk": ("wildlife", "body"),
}
"""Word to the topics of its two senses."""

SUBJECTS = ("the girl", "the boy", "the man", "the woman", "the cook", "the guest")
"""Who does something to a thing in stories of causes."""

ACTIONS: dict[str, tuple[str, str]] = {
    "fall": ("dropped the {}", "let the {} fall"),
    "fire": ("held the {} over the fire", "put the {} on the stove"),
    "rain": ("left the {} in the rain", "dipped the {} into the pool"),
    "frost": ("kept the {} in the snow", "put the {} into the freezer"),
    "kick": ("kicked the {}", "gave the {} a push"),
}
"""What may be done to a thing, in two wordings."""

MATERIALS: dict[str, tuple[str, ...]] = {
    "glass": ("jug", "vase", "bottle", "mirror", "lamp", "bowl"),
    "cloth": ("blanket", "curtain", "towel", "pillow", "carpet", "flag"),
    "iron": ("anvil", "chain", "spoon", "bell", "bucket", "stove"),
    "dough": ("cake", "loaf", "pie", "bun", "biscuit", "waffle"),
    "rubber": ("tyre", "balloon", "boot", "hose", "raft", "mat"),
}
"""Material to the things made of it."""

RESULTS: dict[str, dict[str, tuple[str, str]]] = {
    "fall": {
        "glass": ("the {} broke", "the {} went to pieces"),
        "cloth": ("the {} got dusty", "the {} was full of dust"),
        "iron": ("the {} rang loudly", "the {} made a loud noise"),
        "dough": ("the {} was spoiled", "the {} could not be eaten"),
        "rubber": ("the {} bounced", "the {} jumped up again"),
    },
    "fire": {
        "glass": ("the {} cracked", "the {} burst"),
        "cloth": ("the {} caught fire", "the {} burned"),
        "iron": ("the {} glowed", "the {} turned red"),
        "dough": ("the {} smelled good", "the {} was cooked"),
        "rubber": ("the {} melted", "the {} became soft"),
    },
    "rain": {
        "glass": ("the {} shone", "the {} was clean again"),
        "cloth": ("the {} dripped", "the {} was soaked"),
        "iron": ("the {} rusted", "the {} turned brown"),
        "dough": ("the {} went mouldy", "the {} became soggy"),
        "rubber": ("the {} floated", "the {} stayed dry inside"),
    },
    "frost": {
        "glass": ("the {} turned white", "the {} was covered with ice"),
        "cloth": ("the {} became stiff", "the {} could not be folded"),
        "iron": ("the {} felt icy", "the {} stuck to the fingers"),
        "dough": ("the {} stayed fresh", "the {} could be stored"),
        "rubber": ("the {} became brittle", "the {} lost its spring"),
    },
    "kick": {
        "glass": ("the {} tipped over", "the {} fell on its side"),
        "cloth": ("the {} slid aside", "the {} lay in a heap"),
        "iron": ("the {} hurt the foot", "the {} did not move"),
        "dough": ("the {} was crushed", "the {} was trodden flat"),
        "rubber": ("the {} rolled away", "the {} flew across the yard"),
    },
}
"""Action and material to what comes of it, in two wordings."""

OBJECTS = (
    "jug",
    "box",
    "barrel",
    "bottle",
    "basket",
    "lantern",
    "pot",
    "chest",
    "vase",
    "bucket",
    "kettle",
    "crate",
)
"""What the pronoun schemas are about."""

SCHEMAS: tuple[tuple[str, str, str, str], ...] = (
    (
        "{a} lent {b} the {t} because {p}",
        "{a} borrowed the {t} from {b} because {p}",
        "needed it",
        "had a spare one",
    ),
    (
        "{a} asked {b} about the {t} because {p}",
        "{a} told {b} about the {t} because {p}",
        "knew all about it",
        "was curious about it",
    ),
    (
        "{a} hired {b} to repair the {t} because {p}",
        "{a} repaired the {t} for {b} because {p}",
        "was skilled at it",
        "was too busy to do it",
    ),
    (
        "{a} lost the {t} contest to {b} because {p}",
        "{a} won the {t} contest against {b} because {p}",
        "had practised for months",
        "had come unprepared",
    ),
    (
        "{a} paid {b} for the {t} because {p}",
        "{a} got money for the {t} from {b} because {p}",
        "had sold it",
        "had bought it",
    ),
    (
        "{a} followed {b} to the {t} because {p}",
        "{a} led {b} to the {t} because {p}",
        "knew where it stood",
        "had never seen it",
    ),
)
"""Two sentences and two reasons: the first reason is that of ``b`` in the first sentence and of
``a`` in the second; the second reason is the other person's."""
