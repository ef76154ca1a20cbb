// The Python that trains: settings of this one training on top, and below them only what it needs. People read it,
// change it and run it by hand.
import { pythonLiteral } from './python-literal.ts';
import { LINEAR_MODULES, type TrainingConfig } from './training-config.ts';

export interface ScriptPlaces {
  /** A name of the hub, or a path below the workspace. */
  readonly model: string;
  readonly dataset: string;
}

/** Where it leaves what it made, below the workspace. */
export const CHECKPOINT_PATTERN = 'out/ckpt-*';

export function packageName({ algorithm }: Pick<TrainingConfig, 'algorithm'>): string {
  return algorithm === 'full' ? 'model.tar.gz' : 'adapter.tar.gz';
}

/** The script's text. It needs nothing beside the packages of `setupCommands`. */
export function trainingScript(config: TrainingConfig, places: ScriptPlaces): string {
  const isUnsloth = config.engine === 'unsloth';
  const model = isUnsloth ? UNSLOTH_MODEL : config.algorithm === 'full' ? FULL_MODEL : adapterModel(config);
  return [HEAD, settings(config, places), FILES, isUnsloth ? UNSLOTH_ROWS : ROWS, model, TRAINING].join(
    '\n\n',
  );
}

function settings(config: TrainingConfig, places: ScriptPlaces): string {
  const modules =
    config.engine === 'unsloth' && config.targetModules === 'all-linear'
      ? LINEAR_MODULES
      : config.targetModules;
  const isFull = config.algorithm === 'full';
  return `SETTINGS = ${pythonLiteral({
    project: config.projectName,
    algorithm: config.algorithm,
    model: places.model,
    dataset: places.dataset,
    dataset_source: config.datasetSource,
    quantization: config.quantization,
    ...(!isFull && {
      rank: config.rank,
      alpha: config.alpha,
      dropout: config.dropout,
      target_modules: modules,
    }),
    epochs: config.epochs,
    max_steps: config.maxSteps ?? -1,
    batch_size: config.batchSize,
    gradient_accumulation: config.gradientAccumulation,
    learning_rate: config.learningRate,
    warmup_ratio: config.warmupRatio,
    weight_decay: config.weightDecay,
    max_seq_length: config.maxSeqLength,
    eval_ratio: config.evalRatio,
    logging_steps: config.loggingSteps,
    save_steps: config.saveSteps,
    seed: config.seed,
    package: packageName(config),
  })}\n`;
}

const HEAD = `# Fine-tunes a language model: written by vastdeck, to be read and changed. It may be killed at any moment: started
# again, it goes on from the last whole checkpoint.
import math
import os
import shutil
import tarfile
from pathlib import Path
`;

const FILES = `WORKSPACE = Path(os.environ.get("WORKSPACE", "."))
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

const READERS = `def read_rows():
    from datasets import load_dataset

    if SETTINGS["dataset_source"] == "huggingface":
        return load_dataset(SETTINGS["dataset"], split="train")
    path = WORKSPACE / SETTINGS["dataset"]
    readers = {".jsonl": "json", ".json": "json", ".csv": "csv", ".parquet": "parquet", ".txt": "text"}
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.suffix in readers)
    kinds = {readers.get(each.suffix) for each in files}
    if len(kinds) != 1 or None in kinds:
        raise SystemExit(f"{path} must be, or hold, files of one kind: {', '.join(readers)}")
    return load_dataset(kinds.pop(), data_files=[str(each) for each in files], split="train")


def explain(columns):
    return SystemExit(
        f"The data set has the columns {', '.join(columns)}; it needs messages, or prompt and completion, "
        "or instruction and output, or text"
    )
`;

const ROWS = `${READERS}

def load_rows(tokenizer):
    """In one of the forms that SFTTrainer knows."""
    rows = read_rows()
    columns = set(rows.column_names)
    if {"instruction", "output"} <= columns:
        def as_pair(row):
            given = row.get("input") or ""
            return {"prompt": row["instruction"] + ("\\n\\n" + given if given else "") + "\\n\\n", "completion": row["output"]}

        return rows.map(as_pair, remove_columns=rows.column_names)
    for form in (["messages"], ["prompt", "completion"], ["text"]):
        if columns.issuperset(form):
            return rows.remove_columns([name for name in rows.column_names if name not in form])
    raise explain(rows.column_names)
`;

const UNSLOTH_ROWS = `${READERS}

def load_rows(tokenizer):
    """As text: Unsloth's trainer takes nothing else."""
    rows = read_rows()
    columns = set(rows.column_names)

    def as_text(row):
        if "messages" in columns:
            return {"text": tokenizer.apply_chat_template(row["messages"], tokenize=False)}
        if {"prompt", "completion"} <= columns:
            return {"text": row["prompt"] + row["completion"] + tokenizer.eos_token}
        if {"instruction", "output"} <= columns:
            given = row.get("input") or ""
            text = row["instruction"] + ("\\n\\n" + given if given else "") + "\\n\\n" + row["output"]
            return {"text": text + tokenizer.eos_token}
        if "text" in columns:
            return {"text": row["text"]}
        raise explain(rows.column_names)

    return rows.map(as_text, remove_columns=[name for name in rows.column_names if name != "text"])
`;

const TOKENIZER = `def load_tokenizer():
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(SETTINGS["model"])
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def half_precision():
    """bfloat16 where the GPU has it, else float16; a machine without a GPU computes in float32."""
    import torch

    if not torch.cuda.is_available():
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def device_map():
    import torch

    return {"": LOCAL_RANK} if torch.cuda.is_available() else None
`;

const FULL_MODEL = `${TOKENIZER}

def load_model():
    """The model, its tokenizer, and no adapter: every weight is trained, kept in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        SETTINGS["model"], torch_dtype=torch.float32, device_map=device_map(), attn_implementation="sdpa"
    )
    model.config.use_cache = False
    return model, load_tokenizer(), None
`;

const QUANTIZATION: Readonly<Record<TrainingConfig['quantization'], string>> = {
  none: '',
  int8: `        quantization_config=BitsAndBytesConfig(load_in_8bit=True),\n`,
  int4: `        quantization_config=BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=half_precision(),
        ),\n`,
};

function adapterModel({ quantization, algorithm }: TrainingConfig): string {
  return `${TOKENIZER}

def load_model():
    """The model, its tokenizer, and the adapter to be trained."""
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM${quantization === 'none' ? '' : ', BitsAndBytesConfig'}

    model = AutoModelForCausalLM.from_pretrained(
        SETTINGS["model"],
        torch_dtype=half_precision(),
${QUANTIZATION[quantization]}        device_map=device_map(),
        attn_implementation="sdpa",
    )
    model.config.use_cache = False
    adapter = LoraConfig(
        r=SETTINGS["rank"],
        lora_alpha=SETTINGS["alpha"],
        lora_dropout=SETTINGS["dropout"],
        target_modules=SETTINGS["target_modules"],
${algorithm === 'dora' ? '        use_dora=True,\n' : ''}        bias="none",
        task_type="CAUSAL_LM",
    )
    return model, load_tokenizer(), adapter
`;
}

const UNSLOTH_MODEL = `def half_precision():
    import torch

    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def load_model():
    """The model with its adapter, and its tokenizer."""
    # Before transformers and trl, which it changes.
    from unsloth import FastLanguageModel

    model, tokenizer = FastLanguageModel.from_pretrained(
        model_name=SETTINGS["model"],
        max_seq_length=SETTINGS["max_seq_length"],
        load_in_4bit=SETTINGS["quantization"] == "int4",
        load_in_8bit=SETTINGS["quantization"] == "int8",
        dtype=None,
    )
    model = FastLanguageModel.get_peft_model(
        model,
        r=SETTINGS["rank"],
        lora_alpha=SETTINGS["alpha"],
        lora_dropout=SETTINGS["dropout"],
        target_modules=SETTINGS["target_modules"],
        bias="none",
        use_gradient_checkpointing="unsloth",
        random_state=SETTINGS["seed"],
    )
    return model, tokenizer, None
`;

const TRAINING = `def main():
    if (OUT / SETTINGS["package"]).exists():
        print(f"{SETTINGS['package']} is there already: nothing is left to do", flush=True)
        return
    OUT.mkdir(parents=True, exist_ok=True)
    model, tokenizer, adapter = load_model()
    import torch
    from transformers import PrinterCallback, TrainerCallback
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
    on_gpu = torch.cuda.is_available()
    precision = half_precision()
    arguments = SFTConfig(
        output_dir=str(SCRATCH),
        num_train_epochs=SETTINGS["epochs"],
        max_steps=SETTINGS["max_steps"],
        per_device_train_batch_size=SETTINGS["batch_size"],
        gradient_accumulation_steps=SETTINGS["gradient_accumulation"],
        learning_rate=SETTINGS["learning_rate"],
        lr_scheduler_type="cosine",
        warmup_ratio=SETTINGS["warmup_ratio"],
        weight_decay=SETTINGS["weight_decay"],
        max_length=SETTINGS["max_seq_length"],
        dataset_text_field="text",
        logging_steps=SETTINGS["logging_steps"],
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
