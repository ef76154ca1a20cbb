// Takes secrets out of texts of others: logs and screens of an instance quote tokens and passwords.
import { Secret } from '../../../base/std/index.ts';

export type Redact = (text: string) => string;

/** Shorter values are words like `true` or `8080`, which stand everywhere. */
const LEAST_VALUE_CHARS = 5;
const STARS = '****';

const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, STARS],
  // One whose beginning was cut off.
  [/^[A-Za-z0-9+/=\s]*-----END [A-Z ]*PRIVATE KEY-----/, STARS],
  // Credentials in addresses: https://user:token@host
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@:]{0,200}:[^\s/@]{1,500}@/gi, `$1${STARS}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${STARS}`],
  [/\b(hf_|ghp_|gho_|ghs_|github_pat_|glpat-|sk-|xox[abprs]-|wandb_v1_|dckr_pat_)[\w-]{8,}/g, `$1${STARS}`],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, STARS],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, STARS],
  // NAME_TOKEN=value, "password": "value"
  [
    /((?:pass(?:word|wd|phrase)?|secret|token|(?:api|access|private)[_-]?key|credentials?)["']?\s*[=:]\s*)(?:"[^"\n]*"|'[^'\n]*'|[^\s"',;]{4,})/gi,
    `$1${STARS}`,
  ],
  [/(--[\w-]{0,30}(?:password|secret|token|key)\s+)\S{4,}/gi, `$1${STARS}`],
  // Keys of Vast.ai, Jupyter and Weights & Biases are hexadecimal; image digests say sha256 before theirs.
  [/(?<!sha256:)(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])/gi, STARS],
];

/** `values`: what is known to be secret, and is taken out as it stands. */
export function createRedact(values: readonly (Secret | string)[] = []): Redact {
  const known = values
    .map((value) => (value instanceof Secret ? value.reveal() : value))
    .filter((value) => value.length >= LEAST_VALUE_CHARS)
    // A longer one may hold a shorter.
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    const bare = known.reduce((rest, value) => rest.replaceAll(value, STARS), text);
    return PATTERNS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), bare);
  };
}
