"""The mini language backbones: configurations of architectures of Hugging Face transformers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

WIDTH = 96
HEADS = 6


def decoder(tokenizer: Any) -> Any:
    """Return a Llama of four layers, about half a million weights.

    Key weights start equal to query weights, so that at first each token attends to its like.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=4,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=512,
        initializer_range=0.08,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.k_proj.weight.copy_(layer.self_attn.q_proj.weight)
    return model


def encoder_decoder(tokenizer: Any) -> Any:
    """Return a T5 of three encoder and two decoder layers, without dropout."""
    from transformers import T5Config, T5ForConditionalGeneration

    settings: dict[str, Any] = {"decoder_start_token_id": tokenizer.pad_token_id}
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=WIDTH,
            d_kv=WIDTH // HEADS,
            d_ff=4 * WIDTH,
            num_layers=3,
            num_decoder_layers=2,
            num_heads=HEADS,
            dropout_rate=0.0,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            **settings,
        )
    )


def encoder(tokenizer: Any) -> Any:
    """Return a BERT of four layers with its masked-language-model head."""
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=3 * WIDTH,
            num_hidden_layers=4,
            num_attention_heads=HEADS,
            max_position_embeddings=256,
            type_vocab_size=2,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            initializer_range=0.08,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


MODELS: dict[str, Callable[[Any], Any]] = {
    "mini_decoder": decoder,
    "mini_t5": encoder_decoder,
    "mini_encoder": encoder,
}
"""Backbone name to the function that makes it, given the tokenizer."""
