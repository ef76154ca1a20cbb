import pathlib

from recorder import Recorded, record


class PrinterCallback:
    shown = "PrinterCallback"


class TrainerCallback:
    pass


class BitsAndBytesConfig(Recorded):
    pass


class Tokenizer:
    shown = "tokenizer"
    pad_token = None
    eos_token = "</s>"

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


class Model:
    shown = "model"
    config = Config()


class AutoModelForCausalLM:
    @staticmethod
    def from_pretrained(name, **kwargs):
        record("AutoModelForCausalLM.from_pretrained", name, **kwargs)
        return Model()
