// The part of the training script that loads the model, by algorithm, quantization and engine.
import type { TrainingConfig } from './training-config.ts';

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
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


def device_map():
    import torch

    return {"": LOCAL_RANK} if torch.cuda.is_available() else None
`;

export const FULL_MODEL = `${TOKENIZER}

def load_model():
    """The model, its tokenizer, and no adapter: every weight is trained, kept in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(SETTINGS["model"], dtype=torch.float32, device_map=device_map())
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

export function adapterModel({ quantization, algorithm }: TrainingConfig): string {
  return `${TOKENIZER}

def load_model():
    """The model, its tokenizer, and the adapter to be trained."""
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM${quantization === 'none' ? '' : ', BitsAndBytesConfig'}

    model = AutoModelForCausalLM.from_pretrained(
        SETTINGS["model"],
        dtype=half_precision(),
${QUANTIZATION[quantization]}        device_map=device_map(),
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

export const UNSLOTH_MODEL = `def half_precision():
    import torch

    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


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
