"""How an encoder reads an example: one text or two, of fixed wording.

Sentence pairs as GLUE and SuperGLUE baselines and jiant encode them (Wang et al., 2019, section 4;
Phang et al., 2020). Where choices are sentences of their own (COPA, ReCoRD) each is read for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import BadInput
from harness.kinds.multiple_choice import Example

ASKED = {"cause": "What was the cause of this?", "effect": "What happened as a result?"}
"""jiant's wording of COPA's two questions."""


@dataclass(frozen=True, slots=True)
class Template:
    """The wording of one task.

    Attributes:
        first: Format string of the first text.
        second: Of the second text; ``""`` where there is one text only.
        per_choice: Whether each choice is read for itself and gets one number.
    """

    first: str
    second: str = ""
    per_choice: bool = False

    def texts(self, item: Example) -> list[tuple[str, str]]:
        """Return the pairs of texts to read: one, or one per choice.

        Raises:
            BadInput: A field has not the form its task gives it.
        """
        found = []
        for choice in item.choices if self.per_choice else ("",):
            try:
                words = {**item.fields, **_derived(item.fields, choice)}
                found.append((self.first.format_map(words), self.second.format_map(words)))
            except (KeyError, IndexError, AttributeError, TypeError) as error:
                raise BadInput(
                    f"example {item.id} of {item.task}: a field is not as the task has it "
                    f"({type(error).__name__}: {error}); read the examples again"
                ) from None
        return found


def _derived(fields: Mapping[str, Any], choice: str) -> dict[str, str]:
    """Return what templates need beside the official fields."""
    found = {"choice": choice}
    if "query" in fields:
        found["filled"] = fields["query"].replace("@placeholder", choice)
        found["story"] = fields["passage"].replace("\n@highlight\n", " ")
    if "choice1" in fields:
        found["asked"] = ASKED[fields["question"]]
    if "span2_index" in fields:
        words = fields["text"].split()
        words[fields["span2_index"]] = f"*{words[fields['span2_index']]}*"
        found["marked"] = " ".join(words)
    return found


# By the names of an example's fields, which say more surely than a task's name what it is made of.
_TEMPLATES = {
    frozenset({"sentence"}): Template("{sentence}"),
    frozenset({"sentence1", "sentence2"}): Template("{sentence1}", "{sentence2}"),
    frozenset({"premise", "hypothesis"}): Template("{premise}", "{hypothesis}"),
    frozenset({"question", "sentence"}): Template("{question}", "{sentence}"),
    frozenset({"question1", "question2"}): Template("{question1}", "{question2}"),
    frozenset({"question", "passage"}): Template("{question}", "{passage}"),
    frozenset({"paragraph", "question", "answer"}): Template("{paragraph}", "{question} {answer}"),
    frozenset({"premise", "choice1", "choice2", "question"}): Template(
        "{premise} {asked}", "{choice}", per_choice=True
    ),
    frozenset({"passage", "query", "entities"}): Template("{story}", "{filled}", per_choice=True),
    frozenset({"word", "sentence1", "sentence2", "start1", "start2", "end1", "end2"}): Template(
        "{word}: {sentence1}", "{sentence2}"
    ),
    frozenset({"text", "span1_text", "span1_index", "span2_text", "span2_index"}): Template(
        "{marked}", "{span1_text}"
    ),
}


def template_of(item: Example) -> Template:
    """Return the wording of the example's task.

    Raises:
        BadInput: There is none for examples with such fields.
    """
    found = _TEMPLATES.get(frozenset(item.fields))
    if found is None:
        raise BadInput(
            f"example {item.id} of {item.task}: no encoder template for the fields "
            f"{', '.join(sorted(item.fields)) or '(none)'}; use a decoder or an encoder-decoder"
        )
    return found
