// Faults of things rather than of answers, by name, for whoever orders them. The reference page is made from it.

const TABLE = {
  'stuck-loading': 'An instance that never gets past `loading`.',
  'fatal-pull':
    'A boot that fails with one of five messages: pull limit, unknown manifest, unauthorised, no space, port.',
  'host-death': 'A machine goes down and takes its instances offline.',
  'key-refused': "An instance's SSH server refuses every key.",
  'key-lost': 'An instance forgets its keys after some hours.',
  'resurrect-once': 'A destroyed instance is listed again until it is destroyed once more.',
  'stuck-tunnel': 'An SSH port that takes connections and never answers, until a reboot.',
  'slow-ssh': 'An SSH server that takes seconds for everything.',
  'ssh-reset': 'SSH connections break in the middle of a transfer.',
  'disk-full': "An instance's disk has no room left.",
  'outbid-wave': 'Higher bids take the GPUs of interruptible instances.',
  'credit-exhaustion': "An account's credit is gone.",
  'wrong-gpu': 'An instance that has other GPUs, or fewer, than its offer said.',
} as const;

export type WorldFaultName = keyof typeof TABLE;

export const WORLD_FAULT_SUMMARIES: Readonly<Record<WorldFaultName, string>> = TABLE;

export const WORLD_FAULTS = Object.keys(TABLE) as readonly WorldFaultName[];
