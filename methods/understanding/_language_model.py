"""A pretrained language model that lm-eval scores with and that gradients flow through.

One class for decoders and for encoder-decoders (T5). lm-eval's own :class:`HFLM` loads it, splits
texts into tokens and sums log-likelihoods; what is added is a place for a prompt, and the same
log-likelihoods with their gradient.
"""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from lm_eval.models.huggingface import HFLM
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from harness.errors import BadInput
from harness.methods.understanding._backbones import architecture, loading
from harness.methods.understanding._requests import Request


@dataclass(frozen=True, slots=True)
class Encoded:
    """A request in tokens.

    Attributes:
        source: ``(s,)`` int64, what the model reads: for a decoder context and continuation without
            the last token, for an encoder-decoder the context.
        target: ``(t,)`` int64, the continuation's tokens, which are predicted.
        pair: Context and continuation as lm-eval's scoring takes them.
    """

    source: Tensor
    target: Tensor
    pair: tuple[list[int], list[int]]

    def __len__(self) -> int:
        return len(self.source) + len(self.target)


class Prompt(nn.Module):
    """What is done to the embeddings of the input before the model reads them.

    Attributes:
        length: Positions it puts before the input.
    """

    length: int

    @abstractmethod
    def forward(self, embeddings: Tensor) -> Tensor:
        """Return ``(b, length + s, d)`` from ``(b, s, d)``; inputs are padded on the right."""


class LanguageModel(HFLM):  # type: ignore[misc, unused-ignore]
    """A decoder or an encoder-decoder, with a prompt or without one.

    Attributes:
        prompt: Applied to every input's embeddings (a T5's: the encoder's), or None.
    """

    prompt: Prompt | None = None

    @classmethod
    def load(
        cls, backbone: str, *, device: str, batch_size: int, dtype: str = "float32"
    ) -> LanguageModel:
        """Load a pretrained model by folder or by its name on the hub.

        Args:
            backbone: As :func:`.._backbones.resolve_backbone` returns it.
            device: ``"cpu"`` or ``"cuda"``.
            batch_size: Requests in a forward pass when scoring.
            dtype: Number type of the weights.

        Raises:
            BadInput: It is an encoder alone.
            Unavailable: It is neither on disk nor can it be fetched.
        """
        kind = architecture(backbone)
        if kind == "encoder":
            raise BadInput(
                f"backbone {backbone!r} is an encoder, which gives texts no likelihood; name a "
                "decoder or an encoder-decoder, or use full_finetuning, which gives it a head"
            )
        with loading(backbone):
            return cls(
                pretrained=backbone,
                backend="seq2seq" if kind == "encoder_decoder" else "causal",
                device=device,
                dtype=dtype,
                batch_size=batch_size,
            )

    @property
    def embedding(self) -> nn.Module:
        """The table of input embeddings."""
        table: nn.Module = self.model.get_input_embeddings()
        return table

    @property
    def max_length(self) -> int:
        """Tokens of input that fit beside the prompt."""
        room = int(super().max_length) - (self.prompt.length if self.prompt else 0)
        if room < 1:
            raise BadInput(
                f"the prompt leaves no room in the model's {super().max_length} positions; "
                "choose a shorter prompt"
            )
        return room

    def encode(self, request: Request) -> Encoded:
        """Split a request into tokens exactly as lm-eval does.

        A context too long for the model loses its beginning. As in lm-eval, an encoder's input ends
        with its end-of-text token and a continuation does not.
        """
        context, continuation = request
        if context:
            read, scored = self._encode_pair(context, continuation)
        else:
            read = [self.prefix_token_id]
            scored = self.tok_encode(continuation, add_special_tokens=False)
        if self.backend == "causal":
            source = (read + scored)[-(self.max_length + 1) :][:-1]
        else:
            source = read[-self.max_length :]
        return Encoded(torch.tensor(source), torch.tensor(scored), (read, scored))

    def score(self, encoded: Sequence[Encoded]) -> list[float]:
        """Return the summed log-likelihood of each continuation as lm-eval computes it."""
        requests = [(None, *item.pair) for item in encoded]
        return [found[0] for found in self._loglikelihood_tokens(requests, disable_tqdm=True)]

    def token_log_likelihoods(self, batch: Sequence[Encoded]) -> tuple[Tensor, Tensor]:
        """Return the log-likelihood of every token of the continuations, with gradient.

        Returns:
            ``(b, t)`` float32, zero where a continuation has ended, and the ``(b, t)`` mask of the
            tokens that count.
        """
        source, present = self._padded([item.source for item in batch])
        target, counts = self._padded([item.target for item in batch])
        if self.backend == "causal":
            logits = self._continued(source, present.sum(1), counts.sum(1), target.shape[1])
        else:
            logits = self.model(
                **self._inputs(source, present),
                decoder_input_ids=self.model.prepare_decoder_input_ids_from_labels(target),
            ).logits
        # Half precision is too coarse for sums of logarithms.
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        found = -nn.functional.cross_entropy(
            logits.flatten(0, 1), target.flatten(), reduction="none"
        )
        return found.view_as(counts).masked_fill(~counts, 0.0), counts

    def log_likelihoods(self, batch: Sequence[Encoded]) -> Tensor:
        """Return the ``(b,)`` summed log-likelihoods of the continuations, with gradient."""
        return self.token_log_likelihoods(batch)[0].sum(1)

    def _continued(self, source: Tensor, lengths: Tensor, counts: Tensor, longest: int) -> Tensor:
        """Return a decoder's ``(b, longest, v)`` logits where the continuations are predicted."""
        skipped = self.prompt.length if self.prompt else 0
        positions = (lengths - counts)[:, None] + torch.arange(longest, device=self.device)
        positions = positions.clamp(max=source.shape[1] - 1) + skipped
        # A decoder never looks to the right, where the padding is: no mask is needed, and without
        # one positions count from 0 in every row.
        inputs = self._inputs(source, None)
        if "logits_to_keep" in inspect.signature(self.model.forward).parameters:
            kept, columns = torch.unique(positions, return_inverse=True)
            logits = self.model(**inputs, logits_to_keep=kept).logits
        else:
            columns = positions
            logits = self.model(**inputs).logits
        rows = torch.arange(len(source), device=self.device)[:, None]
        found: Tensor = logits[rows, columns]
        return found

    def _inputs(self, tokens: Tensor, mask: Tensor | None) -> dict[str, Any]:
        """Return the model's arguments: tokens, or embeddings with the prompt, and their mask."""
        inputs: dict[str, Any] = {} if mask is None else {"attention_mask": mask.long()}
        if self.prompt is None:
            return {"input_ids": tokens, **inputs}
        embeddings = self.prompt(self.embedding(tokens))
        if mask is not None:
            before = mask.new_ones(len(mask), self.prompt.length)
            inputs = {"attention_mask": torch.cat([before, mask], 1).long()}
        return {"inputs_embeds": embeddings, "use_cache": False, **inputs}

    def _padded(self, rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return ``(b, l)`` rows padded on the right with zeros, and the mask of what is there."""
        lengths = torch.tensor([len(row) for row in rows])
        tokens = pad_sequence(list(rows), batch_first=True)
        mask = torch.arange(tokens.shape[1]) < lengths[:, None]
        return tokens.to(self.device), mask.to(self.device)

    def _model_call(
        self, inps: Tensor, attn_mask: Tensor | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """Return logits for lm-eval's scoring, which drops a decoder's positions of a prompt."""
        if self.prompt is None:
            plain: Tensor = super()._model_call(inps, attn_mask, labels)
            return plain
        with torch.no_grad():
            inputs = self._inputs(inps, None if attn_mask is None else attn_mask.bool())
            if labels is not None:
                inputs["decoder_input_ids"] = self.model.prepare_decoder_input_ids_from_labels(
                    labels
                )
            logits: Tensor = self.model(**inputs).logits
            return logits
