// The part of the training script that reads the data set.

const READERS = `# What other programs call those who speak.
ROLES = {"human": "user", "gpt": "assistant"}


def read_rows(tokenizer):
    rows = read_files()
    if "conversations" in rows.column_names and "messages" not in rows.column_names:
        def as_messages(row):
            turns = [(turn.get("from") or turn.get("role"), turn.get("value") or turn.get("content")) for turn in row["conversations"]]
            return {"messages": [{"role": ROLES.get(role, role), "content": content} for role, content in turns]}

        rows = rows.map(as_messages, remove_columns=rows.column_names)
    if "messages" in rows.column_names and tokenizer.chat_template is None:
        raise SystemExit(
            f"The rows are conversations, and {SETTINGS['model']} has no chat template to write them down: take a model that "
            "has one, often called Instruct, or rows of prompt and completion"
        )
    return rows


def read_files():
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
        f"The data set has the columns {', '.join(columns)}; it needs messages, conversations, prompt and completion, "
        "instruction and output, or text"
    )
`;

export const ROWS = `${READERS}

def load_rows(tokenizer):
    """In one of the forms that SFTTrainer knows."""
    rows = read_rows(tokenizer)
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

export const UNSLOTH_ROWS = `${READERS}

def load_rows(tokenizer):
    """As text: Unsloth's trainer takes nothing else."""
    rows = read_rows(tokenizer)
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
