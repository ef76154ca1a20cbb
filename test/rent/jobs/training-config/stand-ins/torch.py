import os


class Dtype:
    def __init__(self, name):
        self.shown = name


float16, bfloat16, float32 = Dtype("float16"), Dtype("bfloat16"), Dtype("float32")


class cuda:
    @staticmethod
    def is_available():
        return os.environ.get("GPU", "bf16") != "none"

    @staticmethod
    def is_bf16_supported(including_emulation=True):
        # Older cards compute it in software, slowly.
        return including_emulation or os.environ.get("GPU", "bf16") == "bf16"
