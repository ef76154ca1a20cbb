// Reads recorded answers as other people left them: JSON or JSONL, packed or not, whole answers or single
// rows with a time column, with text behind the JSON. What is odd is said, never silently dropped.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ReplaySource } from '../types.ts';
import { timeOf } from './recorded-time.ts';

type Row = Readonly<Record<string, unknown>>;
interface Poll {
  readonly atMs: number | undefined;
  readonly offers: readonly Row[];
}

const READABLE = /\.(json|jsonl|ndjson)(\.gz)?$/;

/**
 * Loads a file or a folder as polls in order of time, or of the files' names where not all have a time. Throws an
 * Error that says what a path must hold when there is nothing to replay.
 */
export async function loadReplay(path: string): Promise<ReplaySource> {
  const warnings: string[] = [];
  const polls: Poll[] = [];
  for (const file of await filesOf(path)) {
    const name = basename(file);
    polls.push(
      ...parseRecording(await readText(file), { name, warn: (text) => warnings.push(`${name}: ${text}`) }),
    );
  }
  if (polls.length === 0) {
    throw new Error(
      `${path} holds no recorded offers; it must be a search answer as .json or .json.gz, a .jsonl(.gz) of rows or answers, or a folder of such files`,
    );
  }
  const untimed = polls.filter(({ atMs }) => atMs === undefined).length;
  // Names need not follow time, and whoever collects takes no poll that is older than the last one.
  if (untimed === 0) polls.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  else if (polls.length > 1)
    warnings.push(
      `${untimed} of ${polls.length} polls do not say when they were taken; all are served in order of their files`,
    );
  return { name: basename(path), polls, warnings };
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => READABLE.test(name)).sort();
  return names.map((name) => join(path, name));
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  // By content, not by name: packed files lose their ending on the way.
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isPacked ? await promisify(gunzip)(bytes) : bytes).toString('utf8').replace(/^\ufeff/, '');
}

export interface RecordingContext {
  readonly name: string;
  readonly warn: (sentence: string) => void;
}

export function parseRecording(text: string, { name, warn }: RecordingContext): Poll[] {
  const trimmed = text.trim();
  if (trimmed === '') {
    warn('is empty');
    return [];
  }
  const whole = tryParse(trimmed);
  if (whole !== undefined) return pollsOf([whole], { name, warn });
  const lines = trimmed.split(/\r?\n/);
  if (tryParse(lines[0] as string) !== undefined) return pollsOf(parseLines(lines, warn), { name, warn });
  const end = endOfJson(trimmed);
  const first = end === undefined ? undefined : tryParse(trimmed.slice(0, end));
  if (first === undefined || end === undefined) {
    warn('is neither JSON nor JSONL and was left out');
    return [];
  }
  warn(`text after the JSON was ignored: "${trimmed.slice(end).trim().slice(0, 80)}"`);
  return pollsOf([first], { name, warn });
}

function parseLines(lines: readonly string[], warn: (sentence: string) => void): unknown[] {
  const values: unknown[] = [];
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const value = tryParse(line);
    if (value === undefined) warn(`line ${index + 1} is not JSON and was ignored: "${line.slice(0, 80)}"`);
    else values.push(value);
  });
  return values;
}

/** Values of a file: each a whole answer, or all of them rows, grouped where their time changes. */
function pollsOf(values: readonly unknown[], { warn }: RecordingContext): Poll[] {
  const polls: Poll[] = [];
  const loose: Row[] = [];
  for (const value of values) {
    const answer = offersOf(value);
    if (answer) polls.push({ atMs: timeOf(value as Row) ?? capturedAt(answer.rows), offers: answer.rows });
    else if (isRow(value)) loose.push(value);
    else warn('holds a value that is neither an offer nor a list of offers; it was ignored');
    if (answer?.dropped === 1) warn('1 entry without an id was ignored');
    else if (answer && answer.dropped > 0) warn(`${answer.dropped} entries without an id were ignored`);
  }
  return [...polls, ...groupByTime(loose)];
}

function offersOf(value: unknown): { rows: Row[]; dropped: number } | undefined {
  const list = Array.isArray(value)
    ? value
    : isObject(value) && !isRow(value)
      ? offersField((value as Row).offers)
      : undefined;
  if (!list) return undefined;
  const rows = list.filter(isRow);
  return { rows, dropped: list.length - rows.length };
}

/** One answer of the documentation has a single offer where the list should be. */
function offersField(offers: unknown): unknown[] | undefined {
  if (Array.isArray(offers)) return offers;
  return isRow(offers) ? [offers] : undefined;
}

function groupByTime(rows: readonly Row[]): Poll[] {
  const groups = new Map<number | undefined, Row[]>();
  for (const row of rows) {
    const atMs = timeOf(row);
    const group = groups.get(atMs);
    if (group) group.push(row);
    else groups.set(atMs, [row]);
  }
  const polls = [...groups].map(([atMs, offers]) => ({ atMs: atMs ?? capturedAt(offers), offers }));
  return polls.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
}

/** When an answer was given: every row says its end and how long that is away. */
function capturedAt(rows: readonly Row[]): number | undefined {
  const times = rows.flatMap(({ end_date: end, duration }) =>
    typeof end === 'number' && typeof duration === 'number' ? [(end - duration) * 1_000] : [],
  );
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  return median === undefined ? undefined : Math.round(median);
}

function isObject(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRow(value: unknown): value is Row {
  return isObject(value) && (typeof value.id === 'number' || typeof value.ask_contract_id === 'number');
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON as a whole: the caller tries lines, then the longest JSON at the start.
    return undefined;
  }
}

/** Index behind the first JSON value of a text that starts with one; brackets inside strings do not count. */
export function endOfJson(text: string): number | undefined {
  if (text[0] !== '{' && text[0] !== '[') return undefined;
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (isInString) {
      if (char === '\\') i += 1;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return undefined;
}
