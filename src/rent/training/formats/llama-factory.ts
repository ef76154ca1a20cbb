// LLaMA-Factory: the Trainer's dictionaries, and `trainer_log.jsonl` with steps, percentage and remaining time.
import { emptyFigures } from '../parser/figures.ts';
import { parseRecord, putRecord } from '../parser/json-record.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';
import { clockSeconds } from '../parser/numbers.ts';
import { hfFlavour } from './hf-flavour.ts';

export const llamaFactory: LogFormat = hfFlavour({
  name: 'llama-factory',
  isOwnLine: (line) => line.includes('llamafactory') || line.includes('LLaMA Factory'),
  readOwn: readTrainerLog,
});

function readTrainerLog(line: string): Finding | null {
  if (!line.startsWith('{"current_steps"')) return null;
  const record = parseRecord(line);
  if (!record) return null;
  const { elapsed_time: elapsed, remaining_time: remaining, percentage: _, ...rest } = record;
  const figures = emptyFigures();
  putRecord(rest, figures);
  if (typeof elapsed === 'string') figures.elapsedS = clockSeconds(elapsed);
  if (typeof remaining === 'string') figures.remainingS = clockSeconds(remaining);
  return { kind: 'figures', figures };
}
