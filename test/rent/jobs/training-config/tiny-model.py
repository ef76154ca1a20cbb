"""Makes a language model of a few thousand random weights, with a tokenizer of bytes; or loads an adapter of one.

tiny-model.py make FOLDER
tiny-model.py load FOLDER ADAPTER
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


def make(folder):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", "<pad>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator([], trainers.BpeTrainer(vocab_size=300, special_tokens=special, initial_alphabet=alphabet))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        chat_template="{% for each in messages %}{{ each['role'] }}: {{ each['content'] }}{{ eos_token }}{% endfor %}",
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=128,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def load(folder, adapter):
    """Prints how many of the adapter's second matrices are no longer zero, which they all begin as."""
    from peft import PeftModel

    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(folder), adapter)
    trained = [weights for name, weights in model.named_parameters() if "lora_B" in name and weights.abs().sum() > 0]
    print(len(trained))


if __name__ == "__main__":
    {"make": make, "load": load}[sys.argv[1]](*[Path(each) for each in sys.argv[2:]])
