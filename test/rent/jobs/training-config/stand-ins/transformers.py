import os
import pathlib

from recorder import Recorded, record


class PrinterCallback:
    shown = "PrinterCallback"


class TrainerCallback:
    pass


def set_seed(seed):
    record("set_seed", seed)


class BitsAndBytesConfig(Recorded):
    pass


class Tokenizer:
    shown = "tokenizer"
    pad_token = None
    eos_token = "</s>"
    chat_template = None if os.environ.get("NO_TEMPLATE") else "{{ messages }}"

    def save_pretrained(self, folder):
        (pathlib.Path(folder) / "tokenizer.json").write_text("{}")

    def apply_chat_template(self, messages, tokenize):
        return "".join(f"<{each['role']}>{each['content']}" for each in messages)


class AutoTokenizer:
    @staticmethod
    def from_pretrained(name):
        record("AutoTokenizer.from_pretrained", name)
        return Tokenizer()


class Config:
    use_cache = True


class Weights:
    """One that is trained, in 16 bits, and one that is not."""

    def __init__(self, requires_grad):
        self.requires_grad = requires_grad
        self.data = self

    def float(self):
        record("float", self.requires_grad)
        return self


class Model:
    shown = "model"
    config = Config()

    def parameters(self):
        return [Weights(True), Weights(False)]


class AutoModelForCausalLM:
    @staticmethod
    def from_pretrained(name, **kwargs):
        record("AutoModelForCausalLM.from_pretrained", name, **kwargs)
        return Model()
