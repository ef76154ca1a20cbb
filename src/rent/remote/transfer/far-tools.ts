// Which programs the target has, and the SHA-256 of its files by whichever of them computes it.
import { quoteWord, RemoteFileError, type RemoteShell } from '../../../net/ssh/index.ts';

const TOOLS = ['rsync', 'tar', 'zstd', 'gzip'] as const;
export type FarTools = ReadonlySet<(typeof TOOLS)[number]>;

/** By their files, since the shells' own ways of asking differ more than the places where programs lie. */
export async function findFarTools(shell: RemoteShell, signal?: AbortSignal): Promise<FarTools> {
  const script = `IFS=:
for dir in $PATH /usr/local/bin /usr/bin /bin; do
${TOOLS.map((tool) => `if [ -e "$dir/${tool}" ]; then echo ${tool}; fi`).join('\n')}
done`;
  const { stdout } = await shell.exec(script, { timeoutMs: 60_000, ...(signal && { signal }) });
  const found = stdout.split('\n');
  return new Set(TOOLS.filter((tool) => found.includes(tool)));
}

/** A command line must stay below the kernel's limit for one argument, 128 KiB, also where its quotes are quoted again. */
const LINE_BYTES = 24 * 1024;

/** What a lost connection can cost: more is hashed by the next command. */
const HASHED_BYTES = 1024 * 1024 * 1024;

const PYTHON = `import hashlib,sys
for name in sys.argv[1:]:
    try:
        h=hashlib.sha256()
        with open(name,"rb") as f:
            for b in iter(lambda:f.read(1<<20),b""): h.update(b)
        n=name.replace("\\\\","\\\\\\\\").replace("\\n","\\\\n")
        print(("\\\\" if n!=name else "")+h.hexdigest()+"  "+n)
    except OSError as e: print(e,file=sys.stderr)`;

const HASHERS = [
  'sha256sum',
  'openssl dgst -sha256 -r',
  `python3 -c ${quoteWord(PYTHON)}`,
  'busybox sha256sum',
];

/**
 * Path below `root` and hex SHA-256, as they come; files that cannot be read are left out. Rejects with a
 * RemoteFileError where no program of the target computes it.
 */
export async function* hashFarFiles(
  shell: RemoteShell,
  root: string,
  files: readonly { readonly path: string; readonly sizeBytes: number }[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<readonly [path: string, sha256: string], void> {
  for (const batch of inLines(files)) {
    const words = batch.map((path) => quoteWord(`./${path}`)).join(' ');
    const output = await hashBatch(shell, root, words, signal);
    for (const line of output.split('\n')) {
      const found = /^(\\?)([0-9a-f]{64}) [ *]\.\/(.*)$/.exec(line);
      if (!found) continue;
      const [, escaped, hash = '', name = ''] = found;
      // A backslash before the hash says that the name is written with escapes.
      yield [escaped ? unescapeName(name) : name, hash];
    }
  }
}

/** Of one file, named as the target knows it; undefined when it cannot be read. */
export async function hashFarFile(
  shell: RemoteShell,
  { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string | undefined> {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '.' : path.slice(0, slash) || '/';
  const file = { path: path.slice(slash + 1), sizeBytes };
  for await (const [, hash] of hashFarFiles(shell, folder, [file], options)) return hash;
  return undefined;
}

async function hashBatch(
  shell: RemoteShell,
  root: string,
  words: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (const hasher of HASHERS) {
    const { code, stdout } = await shell.exec(
      `cd ${quoteWord(root)} && ${hasher} ${words}`,
      signal ? { signal } : {},
    );
    // Another code says that some file could not be read; those that could are told.
    if (code !== 127) return stdout;
  }
  throw new RemoteFileError(
    'The target computes no SHA-256: it has neither sha256sum nor openssl nor python3; install one of them',
    root,
  );
}

function* inLines(
  files: readonly { readonly path: string; readonly sizeBytes: number }[],
): Generator<readonly string[]> {
  let batch: string[] = [];
  let lineBytes = 0;
  let hashedBytes = 0;
  for (const { path, sizeBytes } of files) {
    const length = Buffer.byteLength(quoteWord(path)) + 8;
    if (batch.length > 0 && (lineBytes + length > LINE_BYTES || hashedBytes + sizeBytes > HASHED_BYTES)) {
      yield batch;
      batch = [];
      lineBytes = 0;
      hashedBytes = 0;
    }
    batch.push(path);
    lineBytes += length;
    hashedBytes += sizeBytes;
  }
  if (batch.length > 0) yield batch;
}

function unescapeName(name: string): string {
  return name.replace(/\\([\\nr])/g, (_found, code: string) =>
    code === 'n' ? '\n' : code === 'r' ? '\r' : '\\',
  );
}
