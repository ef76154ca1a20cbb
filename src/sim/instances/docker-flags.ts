// Variables and docker flags of an instance: an object as the guide says, or the text of flags as templates and one
// published schema have it.
import { ApiError } from '../api/api-error.ts';

const LONGEST_ENV = 32_768;
const LONGEST_KEY = 256;
const MOST_PORTS = 64;
/** From this port on, `-p 70000:70000` asks for the same number outside. */
const FIRST_IDENTITY_PORT = 70_000;
const FIRST_OUTER_PORT = 40_000;
const OUTER_PORTS = 25_000;

export type Env = Readonly<Record<string, string>>;

/** Undefined for null. Throws ApiError 400 for what is no environment, and for one that is too long. */
export function readEnv(value: unknown): Env | undefined {
  if (value === undefined || value === null) return undefined;
  const env = typeof value === 'string' ? parseFlags(value) : plainObject(value);
  let length = 0;
  for (const [key, text] of Object.entries(env)) {
    if (key.length > LONGEST_KEY) {
      throw invalid(`an env key has ${key.length} characters; at most ${LONGEST_KEY} are allowed`);
    }
    length += key.length + text.length;
  }
  if (length > LONGEST_ENV) throw invalid(`env has ${length} characters; at most ${LONGEST_ENV} are allowed`);
  const ports = Object.keys(env).filter((key) => key.startsWith('-p ')).length;
  if (ports > MOST_PORTS) throw invalid(`env opens ${ports} ports; at most ${MOST_PORTS} are allowed`);
  return env;
}

function plainObject(value: unknown): Env {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`env is ${JSON.stringify(value)}, not an object`);
  }
  const env: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text === 'object' && text !== null)
      throw invalid(`env ${key} is ${JSON.stringify(text)}, not a text`);
    env[key] = text === null ? '' : String(text as string | number | boolean);
  }
  return env;
}

/** `-e TZ=UTC -p 8080:8080 -h name` as the object that the official client makes of it. */
export function parseFlags(text: string): Env {
  const env: Record<string, string> = {};
  const words = splitWords(text);
  for (let at = 0; at < words.length; at += 1) {
    const flag = words[at] as string;
    const next = words[at + 1];
    if (flag === '-e' || flag === '--env') {
      const assignment = next ?? '';
      const equals = assignment.indexOf('=');
      if (equals > 0) env[assignment.slice(0, equals)] = assignment.slice(equals + 1);
      else if (assignment !== '') env[assignment] = '';
      at += 1;
    } else if (flag === '-p' || flag === '--publish' || flag === '-v') {
      if (next !== undefined) env[`${flag === '--publish' ? '-p' : flag} ${next}`] = '1';
      at += 1;
    } else if (flag.startsWith('-') && next !== undefined && !next.startsWith('-')) {
      env[flag] = next;
      at += 1;
    } else env[flag] = '1';
  }
  return env;
}

/** Words apart by blanks; quotes keep blanks together. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/["']/g, ''));
}

export interface OpenPort {
  /** `8081/udp`. */
  readonly inside: string;
  readonly outside: number;
}

/** Ports that the flags open, and those that the way of reaching it needs; each gets a port of the machine. */
export function openPorts(env: Env, own: readonly string[], unit: (index: number) => number): OpenPort[] {
  const asked = Object.keys(env).flatMap((key) => {
    const match = /^-p (?:\d+:)?(\d+)(?:\/(tcp|udp))?$/.exec(key);
    return match ? [`${match[1] as string}/${match[2] ?? 'tcp'}`] : [];
  });
  const inside = [...new Set([...own, ...asked])];
  const first = Math.floor(unit(0) * (OUTER_PORTS - inside.length));
  return inside.map((port, index) => {
    const number = Number.parseInt(port, 10);
    const isSame = number >= FIRST_IDENTITY_PORT;
    return { inside: port, outside: isSame ? number : FIRST_OUTER_PORT + first + index };
  });
}

function invalid(what: string): ApiError {
  return new ApiError(400, 'invalid_args', `error 400/3467: Invalid args: ${what}.`);
}
