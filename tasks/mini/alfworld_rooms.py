"""Rooms of the mini ALFWorld: furniture, things lying about, and a goal, as a PDDL problem.

Which receptacle may hold which object, what can be heated, cooled or cleaned, and the goals are the
alfworld package's own tables; room plans and the choice of things are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, get_args

Size = Literal["small", "medium", "large"]
SIZES: tuple[Size, ...] = get_args(Size)

PLANS: Mapping[str, Mapping[str, tuple[tuple[int, int], tuple[int, int], tuple[int, int]]]] = {
    "kitchen": {
        "Fridge": ((1, 1), (1, 1), (1, 1)),
        "Microwave": ((1, 1), (1, 1), (1, 1)),
        "SinkBasin": ((1, 1), (1, 1), (1, 1)),
        "CounterTop": ((1, 1), (1, 2), (2, 4)),
        "DiningTable": ((0, 1), (0, 1), (0, 2)),
        "Cabinet": ((0, 0), (2, 5), (6, 20)),
        "Drawer": ((0, 0), (1, 4), (3, 13)),
        "StoveBurner": ((0, 0), (1, 2), (4, 4)),
        "GarbageCan": ((0, 0), (1, 1), (1, 1)),
    },
    "bedroom": {
        "Bed": ((0, 1), (1, 1), (1, 2)),
        "Desk": ((1, 1), (1, 2), (1, 2)),
        "Dresser": ((0, 0), (0, 1), (0, 1)),
        "SideTable": ((1, 1), (1, 2), (1, 2)),
        "Drawer": ((0, 1), (2, 6), (6, 17)),
        "Shelf": ((0, 0), (1, 3), (3, 6)),
        "Safe": ((0, 0), (0, 1), (0, 1)),
        "GarbageCan": ((0, 0), (1, 1), (1, 1)),
    },
}
"""Fewest and most receptacles of each class, by :data:`SIZES`, in each kind of room.

ALFWorld's own kitchens and bedrooms have 7 to 54 receptacles: medium and large rooms span most of
that, small ones lie below, within reach of an agent that tries at random.
"""

OTHERS: Mapping[Size, int] = {"small": 2, "medium": 9, "large": 14}
"""Most things that have nothing to do with the goal."""

THINGS: Mapping[str, Sequence[str]] = {
    "kitchen": [
        *("Apple", "Bread", "ButterKnife", "Bowl", "Cup", "DishSponge", "Egg", "Fork", "Knife"),
        *("Lettuce", "Mug", "Pan", "PepperShaker", "Plate", "Pot", "Potato", "SaltShaker"),
        *("SoapBottle", "Spatula", "Spoon", "Tomato"),
    ],
    "bedroom": [
        *("AlarmClock", "Book", "Bowl", "CD", "CellPhone", "CreditCard", "KeyChain", "Laptop"),
        *("Mug", "Newspaper", "Pen", "Pencil", "TissueBox", "Vase", "Watch"),
    ],
}
LAMP = "DeskLamp"
_LAMP_STANDS = ("Desk", "SideTable", "Dresser")
_WANTED = {
    "pick_clean_then_place_in_recep": "Cleanable",
    "pick_heat_then_place_in_recep": "Heatable",
    "pick_cool_then_place_in_recep": "Coolable",
}
_PAIR, _LIGHT = "pick_two_obj_and_place", "look_at_obj_in_light"


@dataclass(frozen=True, slots=True)
class Quest:
    """What is to be done in a room.

    Attributes:
        task_type: One of ALFWorld's six.
        thing: Class of the object.
        place: Class of the receptacle it belongs in; ``""`` where it is to be looked at.
    """

    task_type: str
    thing: str
    place: str

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what ``traj_data.json`` holds as ``pddl_params``."""
        return {
            "mrecep_target": "",
            "object_sliced": False,
            "object_target": self.thing,
            "parent_target": self.place,
            "toggle_target": "" if self.place else LAMP,
        }


@dataclass(frozen=True, slots=True)
class Room:
    """A furnished room.

    Attributes:
        receptacles: Class and PDDL name of each.
        things: Class, PDDL name, and the number of the receptacle it lies in.
    """

    receptacles: tuple[tuple[str, str], ...]
    things: tuple[tuple[str, str, int], ...]


def draw(task_type: str, size: Size, rng: Random) -> tuple[Room, Quest]:
    """Draw a room in which a quest of ``task_type`` is possible and not done at the start."""
    import alfworld.gen.constants as alfred

    kind = "kitchen" if task_type in _WANTED else rng.choice(sorted(PLANS))
    if task_type == _LIGHT:
        kind = "bedroom"
    holds = alfred.VAL_RECEPTACLE_OBJECTS
    spans = {name: by_size[SIZES.index(size)] for name, by_size in PLANS[kind].items()}
    places = [name for name, span in spans.items() for _ in range(rng.randint(*span))]
    fits = {t: [n for n, p in enumerate(places) if t in holds[p]] for t in THINGS[kind]}
    suited = alfred.VAL_ACTION_OBJECTS.get(_WANTED.get(task_type, ""), THINGS[kind])

    def targets(thing: str) -> list[str]:
        """Return classes ``thing`` could be brought to while enough other places may hold it."""
        found = sorted({places[n] for n in fits[thing]})
        return [p for p in found if any(places[n] != p for n in fits[thing])]

    thing = rng.choice([t for t in THINGS[kind] if t in suited and targets(t)])
    quest = Quest(task_type, thing, "" if task_type == _LIGHT else rng.choice(targets(thing)))

    lying: list[tuple[str, int]] = []
    for _ in range(3 if task_type == _PAIR else rng.randint(1, 2)):
        lying.append((thing, rng.choice([n for n in fits[thing] if places[n] != quest.place])))
    for other in rng.sample(THINGS[kind], OTHERS[size]):
        if other != thing and fits[other]:
            lying.append((other, rng.choice(fits[other])))
    if task_type == _LIGHT:
        lying.append((LAMP, rng.choice([n for n, p in enumerate(places) if p in _LAMP_STANDS])))
    return _named(places, lying, rng), quest


def problem(room: Room, quest: Quest, name: str) -> str:
    """Return the PDDL problem of ``quest`` in ``room``, laid out as ALFWorld writes it."""
    import alfworld.gen.constants as alfred
    import alfworld.gen.goal_library as goals

    holds, able = alfred.VAL_RECEPTACLE_OBJECTS, alfred.VAL_ACTION_OBJECTS
    classes = sorted({c for c, *_ in room.things})
    place_classes = sorted({c for c, _ in room.receptacles})
    objects = ["agent1 - agent"]
    objects += [f"{c}Type - otype" for c in classes] + [f"{c}Type - rtype" for c in place_classes]
    # The domain and the goals name these whether the room has them or not.
    named = {"Fridge", "Microwave", "SinkBasin", quest.place} - {""}
    objects += [f"{c}Type - rtype" for c in sorted(named - set(place_classes))]
    objects += [f"{c}Type - otype" for c in ("Knife", "ButterKnife") if c not in classes]
    objects += [f"{n} - object" for _, n, _ in room.things]
    objects += [f"{n} - receptacle" for _, n in room.receptacles]
    objects += [f"{_spot(n)} - location" for n in range(len(room.receptacles) + 1)]

    facts = [f"receptacleType {n} {c}Type" for c, n in room.receptacles]
    facts += [f"objectType {n} {c}Type" for c, n, _ in room.things]
    facts += [
        f"canContain {p}Type {c}Type" for p in place_classes for c in classes if c in holds[p]
    ]
    facts += [f"pickupable {n}" for c, n, _ in room.things if c != LAMP]
    facts += [f"openable {n}" for c, n in room.receptacles if c in alfred.OPENABLE_CLASS_LIST]
    facts += [f"atLocation agent1 {_spot(len(room.receptacles))}"]
    for ability in ("Cleanable", "Heatable", "Coolable", "Toggleable", "Sliceable"):
        facts += [f"{ability.lower()} {n}" for c, n, _ in room.things if c in able[ability]]
    facts += [f"inReceptacle {n} {room.receptacles[at][1]}" for _, n, at in room.things]
    facts += [f"receptacleAtLocation {n} {_spot(i)}" for i, (_, n) in enumerate(room.receptacles)]
    facts += [f"objectAtLocation {n} {_spot(at)}" for _, n, at in room.things]

    wish = goals.gdict[quest.task_type]["pddl"].format(
        obj=quest.thing, recep=quest.place, toggle=LAMP
    )
    return (
        f"\n(define (problem {name})\n(:domain alfred)\n(:objects\n"
        + "".join(f"        {line}\n" for line in objects)
        + "        )\n\n(:init\n        (= (total-cost) 0)\n"
        + "".join(f"        ({line})\n" for line in facts)
        + "        )\n"
        + "\n".join(line.rstrip() for line in wish.replace("#", "-").splitlines())
        + "\n"
    )


def sentence(quest: Quest, rng: Random) -> str:
    """Return the goal in one of ALFWorld's own wordings, without the final point."""
    import alfworld.gen.goal_library as goals

    template: str = rng.choice(goals.gdict[quest.task_type]["templates"])
    return template.format(obj=quest.thing.lower(), recep=quest.place.lower(), toggle=LAMP.lower())


def _named(places: Sequence[str], lying: Sequence[tuple[str, int]], rng: Random) -> Room:
    """Give everything a name of ALFRED's form: its class and a made-up position."""
    taken: set[str] = set()

    def name(kind: str) -> str:
        while True:
            where = "_bar_".join(
                f"_{rng.choice(('plus', 'minus'))}_{rng.randint(0, 3):02}_dot_{rng.randint(0, 99):02}"
                for _ in range(3)
            )
            if where not in taken:
                taken.add(where)
                # A sink's basin is a part of it, and ALFWorld's names rest on this form.
                return (
                    f"Sink_bar_{where}_bar_SinkBasin"
                    if kind == "SinkBasin"
                    else f"{kind}_bar_{where}"
                )

    return Room(
        tuple((place, name(place)) for place in places),
        tuple((thing, name(thing), at) for thing, at in lying),
    )


def _spot(number: int) -> str:
    return f"loc_bar_{number}"
