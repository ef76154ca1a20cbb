// The formats that are known, in the order in which a line is offered to them: those with the most particular lines first.
import type { LogFormat } from '../parser/log-format.ts';
import { axolotl } from './axolotl.ts';
import { csv, kerasCsv, tsv } from './csv.ts';
import { deepspeed } from './deepspeed.ts';
import { generic } from './generic.ts';
import { hfTrainer } from './hf-trainer.ts';
import { jsonLines } from './json-lines.ts';
import { keras } from './keras.ts';
import { kohya } from './kohya.ts';
import { lightning } from './lightning.ts';
import { llamaFactory } from './llama-factory.ts';
import { megatron } from './megatron.ts';
import { mingpt } from './mingpt.ts';
import { mistralFinetune } from './mistral-finetune.ts';
import { moddedNanogpt } from './modded-nanogpt.ts';
import { nanogpt } from './nanogpt.ts';
import { notebookTable } from './notebook-table.ts';
import { olmo } from './olmo.ts';
import { original } from './original.ts';
import { torchtune } from './torchtune.ts';
import { tqdm } from './tqdm.ts';
import { ultralytics } from './ultralytics.ts';
import { unsloth } from './unsloth.ts';
import { yolov7 } from './yolov7.ts';

export const LOG_FORMATS: readonly LogFormat[] = [
  moddedNanogpt,
  nanogpt,
  mingpt,
  megatron,
  olmo,
  mistralFinetune,
  torchtune,
  kohya,
  lightning,
  keras,
  ultralytics,
  yolov7,
  llamaFactory,
  axolotl,
  unsloth,
  hfTrainer,
  deepspeed,
  notebookTable,
  jsonLines,
  kerasCsv,
  csv,
  tsv,
  original,
  tqdm,
  generic,
];
