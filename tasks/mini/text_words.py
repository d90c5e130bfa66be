"""Word senses, causes and pronoun schemas of the mini world of text, as plain tables."""

from __future__ import annotations

SENSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bank": (
        (
            "lent money to the farmer",
            "charged a fee",
            "refused the loan",
            "opened an account for her",
            "raised its interest",
        ),
        (
            "was muddy after the flood",
            "sloped down to the water",
            "was covered with reeds",
            "gave way under the anglers",
            "rose above the stream",
        ),
    ),
    "bat": (
        (
            "hung upside down in the cave",
            "flew out at dusk",
            "caught a moth",
            "folded its wings",
            "slept in the attic",
        ),
        (
            "was carved from ash wood",
            "hit the ball",
            "split in the last inning",
            "leaned against the bench",
            "belonged to the team",
        ),
    ),
    "crane": (
        (
            "stood on one leg",
            "built a nest",
            "spread its feathers",
            "flew south in autumn",
            "caught a frog",
        ),
        (
            "lifted the steel beams",
            "towered over the building site",
            "swung the container",
            "needed a new cable",
            "was run by a driver",
        ),
    ),
    "seal": (
        (
            "swam under the ice",
            "barked on the rock",
            "ate a herring",
            "nursed its pup",
            "dived into the waves",
        ),
        (
            "was pressed into red wax",
            "closed the envelope",
            "showed the arms of the king",
            "proved the letter genuine",
            "was broken by the clerk",
        ),
    ),
    "pitcher": (
        (
            "threw a fast ball",
            "walked to the mound",
            "struck out the batter",
            "signed with another team",
            "warmed up his arm",
        ),
        (
            "was full of lemonade",
            "had a chipped handle",
            "stood beside the glasses",
            "was made of clay",
            "poured without dripping",
        ),
    ),
    "organ": (
        (
            "filled the church with music",
            "had three keyboards",
            "was tuned before mass",
            "played a fugue",
            "lost two of its pipes",
        ),
        (
            "was removed by the surgeon",
            "cleans the blood",
            "grew in the embryo",
            "was damaged by the illness",
            "lies below the ribs",
        ),
    ),
    "mouse": (
        (
            "nibbled the cheese",
            "ran into its hole",
            "feared the owl",
            "squeaked in the pantry",
            "raised six young",
        ),
        (
            "was plugged into the computer",
            "had a broken button",
            "moved the pointer",
            "came with a keyboard",
            "needed a new battery",
        ),
    ),
    "palm": (
        (
            "bore ripe coconuts",
            "swayed on the beach",
            "dropped a frond",
            "grew beside the oasis",
            "was planted from a seed",
        ),
        (
            "itched under the glove",
            "held a small coin",
            "was hurt by the hot handle",
            "touched his cheek",
            "had a deep life line",
        ),
    ),
    "spring": (
        (
            "came early that year",
            "brought the first blossoms",
            "followed a hard winter",
            "ended in a warm June",
            "was the season of sowing",
        ),
        (
            "was wound too tight",
            "snapped inside the clock",
            "pushed the lid open",
            "was bent from steel wire",
            "returned the lever",
        ),
    ),
    "ring": (
        (
            "sparkled on her finger",
            "held a ruby",
            "was bought from a jeweller",
            "slipped off in the bath",
            "was made of gold",
        ),
        (
            "was roped on four sides",
            "smelled of sweat and leather",
            "hosted the final bout",
            "shook when the boxer fell",
            "was mopped between the rounds",
        ),
    ),
}
"""Word to what is said of it in each of two senses."""

CAUSES: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (
    (("dropped the {} on the stones", "let the {} fall"), ("the {} cracked", "the {} broke")),
    (
        ("left the {} in the rain", "dipped the {} into the pond"),
        ("the {} got wet", "the {} dripped"),
    ),
    (
        ("put the {} on the stove", "held the {} over the fire"),
        ("the {} became hot", "the {} began to smoke"),
    ),
    (("painted the {}", "dyed the {}"), ("the {} changed its colour", "the {} turned green")),
    (("polished the {}", "rubbed the {} with wax"), ("the {} shone", "the {} gleamed")),
    (
        ("sold the {} to a stranger", "gave the {} away"),
        ("the {} got a new owner", "the {} belonged to somebody else"),
    ),
    (
        ("buried the {}", "covered the {} with soil"),
        ("the {} lay under the ground", "the {} was found by diggers"),
    ),
    (
        ("put the {} into the freezer", "left the {} in the snow"),
        ("the {} became icy", "the {} was stiff with frost"),
    ),
    (
        ("filled the {} with sand", "loaded the {} with bricks"),
        ("the {} became heavy", "the {} could hardly be lifted"),
    ),
    (
        ("kicked the {}", "gave the {} a push"),
        ("the {} rolled away", "the {} slid across the floor"),
    ),
)
"""Two wordings of a cause, and two of its effect, on any of :data:`OBJECTS`."""

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
