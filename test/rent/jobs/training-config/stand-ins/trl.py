# A trainer that trains nothing: it logs, saves and calls back as the real one does. KILL_AT=N ends the process while
# checkpoint N is half written, KILL_IN_PUBLISH when it is being published, NAN_AT=N logs a loss that is none.
import json
import os
import pathlib
import types

from recorder import Recorded, record

STEPS = 6

if os.environ.get("KILL_IN_PUBLISH"):
    real_link = os.link
    links = []

    def link_once(source, target):
        if links:
            os._exit(137)
        links.append(real_link(source, target))

    os.link = link_once


class SFTConfig(Recorded):
    pass


class SFTTrainer:
    def __init__(self, **kwargs):
        record("SFTTrainer", **kwargs)
        self.model = kwargs["model"]
        self.args = kwargs["args"]
        self.callbacks = kwargs["callbacks"]

    def remove_callback(self, callback):
        record("remove_callback", callback.shown)

    def train(self, resume_from_checkpoint=None):
        record("train", resume_from_checkpoint=resume_from_checkpoint)
        first = 0
        if resume_from_checkpoint:
            first = json.loads((pathlib.Path(resume_from_checkpoint) / "trainer_state.json").read_text())["global_step"]
        for step in range(first + 1, STEPS + 1):
            state = types.SimpleNamespace(global_step=step, max_steps=STEPS)
            loss = float("nan") if os.environ.get("NAN_AT") == str(step) else round(2 / step, 4)
            self.tell("on_log", state, logs={"loss": loss, "grad_norm": 0.5, "learning_rate": 2e-05, "epoch": step / STEPS})
            if step % self.args.save_steps == 0:
                self.save(step, state)
        state = types.SimpleNamespace(global_step=STEPS, max_steps=STEPS)
        self.tell("on_log", state, logs={"train_runtime": 1.5, "train_loss": 0.8, "epoch": 1.0})

    def save(self, step, state):
        folder = pathlib.Path(self.args.output_dir) / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "adapter_model.safetensors").write_text(f"weights of step {step}")
        if os.environ.get("KILL_AT") == str(step):
            os._exit(137)
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
        self.tell("on_save", state)

    def tell(self, event, state, **kwargs):
        for callback in self.callbacks:
            told = getattr(callback, event, None)
            if told:
                told(self.args, state, None, **kwargs)

    def save_model(self, folder):
        path = pathlib.Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        (path / "adapter_model.safetensors").write_text("trained")
