// The parts of the training script that are the same for all: checkpoints and packing, and the training itself.

export const HEAD = `# Fine-tunes a language model: written by vastdeck, to be read and changed. It may be killed at any moment: started
# again, it goes on from the last whole checkpoint.
import math
import os
import shutil
import tarfile
from pathlib import Path
`;

export const FILES = `WORKSPACE = Path(os.environ.get("WORKSPACE", "."))
OUT = WORKSPACE / "out"
# What the Trainer is writing. It is whole only once it was published as out/ckpt-N.
SCRATCH = OUT / ".trainer"
CHECKPOINTS_KEPT = 2
LOCAL_RANK = int(os.environ.get("LOCAL_RANK", "0"))
# With several GPUs each has a process of its own; one of them writes.
IS_MAIN = LOCAL_RANK == 0


def checkpoints():
    """Whole checkpoints, oldest first."""
    found = [path for path in OUT.glob("ckpt-*") if (path / "trainer_state.json").exists()]
    return sorted(found, key=lambda path: int(path.name.split("-")[1]))


def link_or_copy(source, target):
    # A second name costs no disk; file systems that have none get a copy.
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def publish(source, target):
    """Makes a written checkpoint visible as a whole, at once, and lets the oldest go."""
    partial = target.with_name("." + target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial, copy_function=link_or_copy)
    remove(target)
    os.rename(partial, target)
    for old in checkpoints()[:-CHECKPOINTS_KEPT]:
        remove(old)


def remove(folder):
    """Under another name first: what is half removed must not look like a checkpoint."""
    if folder.exists():
        doomed = folder.with_name("." + folder.name + ".old")
        shutil.rmtree(doomed, ignore_errors=True)
        os.rename(folder, doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def pack(folder, target):
    partial = target.with_name("." + target.name + ".partial")
    with tarfile.open(partial, "w:gz") as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, arcname=str(path.relative_to(folder.parent)), recursive=False)
    os.replace(partial, target)
    print(f"Packed {target.relative_to(WORKSPACE)}: {target.stat().st_size} bytes", flush=True)
`;

/** In pieces, as is usual, the loss cannot be computed with an adapter on the output head. */
const WHOLE_LOSS = `        loss_type="nll",\n`;

export function training({ hasWholeLoss }: { readonly hasWholeLoss: boolean }): string {
  return `def steps_for(row_count):
    """Optimiser steps of the whole training."""
    if SETTINGS["max_steps"] > 0:
        return SETTINGS["max_steps"]
    at_once = SETTINGS["batch_size"] * int(os.environ.get("WORLD_SIZE", "1"))
    an_epoch = math.ceil(math.ceil(row_count / at_once) / SETTINGS["gradient_accumulation"])
    return math.ceil(an_epoch * SETTINGS["epochs"])


def main():
    if (OUT / SETTINGS["package"]).exists():
        print(f"{SETTINGS['package']} is there already: nothing is left to do", flush=True)
        return
    OUT.mkdir(parents=True, exist_ok=True)
    model, tokenizer, adapter = load_model()
    import torch
    from transformers import PrinterCallback, TrainerCallback, set_seed
    from trl import SFTConfig, SFTTrainer

    class Reporter(TrainerCallback):
        """One line of figures a step that is logged; each saved checkpoint published."""

        def on_log(self, args, state, control, logs=None, **kwargs):
            if not IS_MAIN:
                return
            print({**(logs or {}), "step": state.global_step, "max_steps": state.max_steps}, flush=True)
            loss = (logs or {}).get("loss")
            if loss is not None and not math.isfinite(float(loss)):
                raise SystemExit(f"The loss of step {state.global_step} is {loss}: further steps would be lost")

        def on_save(self, args, state, control, **kwargs):
            if IS_MAIN:
                written = SCRATCH / f"checkpoint-{state.global_step}"
                publish(written, OUT / f"ckpt-{state.global_step}")
                print(f"Saving model checkpoint to out/ckpt-{state.global_step}", flush=True)

    rows = load_rows(tokenizer)
    held_out = None
    if SETTINGS["eval_ratio"] > 0:
        parts = rows.train_test_split(test_size=SETTINGS["eval_ratio"], seed=SETTINGS["seed"])
        rows, held_out = parts["train"], parts["test"]
    # Before the adapter's first weights are drawn.
    set_seed(SETTINGS["seed"])
    on_gpu = torch.cuda.is_available()
    precision = half_precision()
    arguments = SFTConfig(
        output_dir=str(SCRATCH),
        num_train_epochs=SETTINGS["epochs"],
        max_steps=SETTINGS["max_steps"],
        per_device_train_batch_size=SETTINGS["batch_size"],
        # Its default is 8, which may not fit where the training does.
        per_device_eval_batch_size=SETTINGS["batch_size"],
        gradient_accumulation_steps=SETTINGS["gradient_accumulation"],
        learning_rate=SETTINGS["learning_rate"],
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(SETTINGS["warmup_ratio"] * steps_for(len(rows))),
        weight_decay=SETTINGS["weight_decay"],
        max_length=SETTINGS["max_seq_length"],
        dataset_text_field="text",
${hasWholeLoss ? WHOLE_LOSS : ''}        logging_steps=SETTINGS["logging_steps"],
        # A loss that is no number is shown as what it is, not as the mean of those before.
        logging_nan_inf_filter=False,
        eval_strategy="no" if held_out is None else "steps",
        eval_steps=SETTINGS["save_steps"],
        save_strategy="steps",
        save_steps=SETTINGS["save_steps"],
        save_total_limit=1,
        gradient_checkpointing=True,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        bf16=on_gpu and precision == torch.bfloat16,
        fp16=on_gpu and precision == torch.float16,
        seed=SETTINGS["seed"],
        report_to="none",
        disable_tqdm=True,
    )
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        eval_dataset=held_out,
        processing_class=tokenizer,
        peft_config=adapter,
        callbacks=[Reporter()],
    )
    if on_gpu and precision == torch.float16:
        # Gradients of 16 bits cannot be scaled; with a quantized model the adapter would have such.
        for weights in trainer.model.parameters():
            if weights.requires_grad:
                weights.data = weights.data.float()
    # It would print every line of figures a second time.
    trainer.remove_callback(PrinterCallback)
    found = checkpoints()
    if found and IS_MAIN:
        print(f"Resuming from out/{found[-1].name}", flush=True)
    trainer.train(resume_from_checkpoint=str(found[-1]) if found else None)
    result = OUT / SETTINGS["package"].removesuffix(".tar.gz")
    trainer.save_model(str(result))
    if IS_MAIN:
        tokenizer.save_pretrained(str(result))
        pack(result, OUT / SETTINGS["package"])


if __name__ == "__main__":
    main()
`;
}
