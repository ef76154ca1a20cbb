import sys

from recorder import record

if "trl" in sys.modules or "transformers" in sys.modules:
    raise RuntimeError("unsloth must be imported before what it changes")


class Model:
    shown = "unsloth model"


class FastLanguageModel:
    @staticmethod
    def from_pretrained(**kwargs):
        from transformers import Tokenizer

        record("FastLanguageModel.from_pretrained", **kwargs)
        return Model(), Tokenizer()

    @staticmethod
    def get_peft_model(model, **kwargs):
        record("FastLanguageModel.get_peft_model", **kwargs)
        return model
