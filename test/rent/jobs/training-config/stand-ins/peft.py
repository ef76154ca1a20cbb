from recorder import Recorded


class LoraConfig(Recorded):
    pass
