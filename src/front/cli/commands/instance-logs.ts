// `vastdeck logs`: what an instance's container or its host's daemon has printed, by the API; followed over SSH where the
// instance can be entered and keeps a log file, else by asking again.

import { printable } from '../../../base/std/index.ts';
import { quoteWord, RemoteError, type RemoteShell } from '../../../net/ssh/index.ts';
import { enterInstance, noteEntered } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readInteger, readText } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance, type OneInstance } from '../one-instance.ts';
import { progressLine } from '../output/progress.ts';

/** Where images of Vast.ai keep what onstart prints. */
const LOG_FILES = ['/var/log/onstart.log', '/root/onstart.log'];
const ASK_AGAIN_MS = 5_000;
const DEFAULT_TAIL = 100;
/** Lines asked for while following: more than are printed between two looks, mostly. */
const FOLLOWED_TAIL = 1_000;

export async function instanceLogs(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const tail =
    flags.tail === undefined
      ? DEFAULT_TAIL
      : readInteger('--tail', flags.tail, { min: 1, max: 100_000, example: 200 });
  const isDaemonLog = flags.daemon === true;
  const file = readText(flags.file);
  if ((flags.json === true || flags.format !== undefined) && (file !== undefined || flags.follow === true)) {
    throw new UsageError('--json gives the log as it is now: leave --follow and --file out');
  }
  if (isDaemonLog && file !== undefined) {
    throw new UsageError('--daemon and --file name two logs; leave one out');
  }
  await using renting = await openInstanceSession(context);
  const found = await findInstance(renting, name, terminal.interrupted);
  const isFollowed = flags.follow === true;
  if (file !== undefined || (isFollowed && !isDaemonLog)) {
    const isRead = await fromInside(context, renting, found, { file, tail, isFollowed });
    if (isRead) return;
  }
  const read = (lines: number) => apiLog(context, renting, found.instance.id, { lines, isDaemonLog });
  let shown = await read(isFollowed ? Math.max(tail, FOLLOWED_TAIL) : tail);
  if (flags.json === true || flags.format !== undefined) {
    const rows = shown.map((line) => ({ line }));
    return context.print(rows, [{ name: 'line' }], flags);
  }
  print(context, shown.slice(-tail));
  if (shown.length === 0)
    terminal.err(`${found.shown} has printed nothing; "--daemon" shows what its host did.\n`);
  if (!isFollowed) return;
  terminal.err(`Following by asking again each ${ASK_AGAIN_MS / 1_000} s; Ctrl-C ends it.\n`);
  while (!terminal.interrupted.aborted) {
    await context.clock.sleep(ASK_AGAIN_MS, terminal.interrupted);
    const next = await read(Math.max(tail, FOLLOWED_TAIL));
    print(context, newLines(shown, next));
    shown = next;
  }
}

/** False when the log has to be asked for by the API: then nothing was printed. */
async function fromInside(
  context: Context,
  renting: Renting,
  { instance }: OneInstance,
  {
    file,
    tail,
    isFollowed,
  }: { readonly file: string | undefined; readonly tail: number; readonly isFollowed: boolean },
): Promise<boolean> {
  const { terminal, clock, log } = context;
  const signal = terminal.interrupted;
  const account = renting.account.account;
  let shell: RemoteShell;
  try {
    const entered = await enterInstance(
      { store: renting.store, account, privateKeys: [renting.sshKey.privateKey], clock, log },
      instance,
      { signal },
    );
    shell = entered.shell;
  } catch (error) {
    if (file !== undefined || !(error instanceof RemoteError)) throw error;
    log.debug('a log is not followed over SSH', { instance: instance.id, error });
    return false;
  }
  await using entered = shell;
  await noteEntered({ store: renting.store, account }, instance.id);
  const path = file ?? (await firstThere(entered));
  if (path === undefined) return false;
  const how = isFollowed ? '-F' : '';
  const stream = entered.stream(`exec tail ${how} -n ${tail} -- ${quoteWord(path)}`, { signal });
  const decoder = new TextDecoder();
  for await (const bytes of stream) terminal.out(decoder.decode(bytes, { stream: true }));
  const { code, stderr } = await stream.ended;
  if (code !== 0) throw new Error(`${path} could not be read: ${stderr.trim()}`);
  return true;
}

async function firstThere(shell: RemoteShell): Promise<string | undefined> {
  for (const path of LOG_FILES) {
    const found = await shell.stat(path);
    if (found && found.sizeBytes > 0) return path;
  }
  return undefined;
}

async function apiLog(
  context: Context,
  { client }: Renting,
  instanceId: number,
  { lines, isDaemonLog }: { readonly lines: number; readonly isDaemonLog: boolean },
): Promise<readonly string[]> {
  const progress = progressLine(context, { plainEveryMs: 'never' });
  progress.show('asking for the log…');
  try {
    const text = await client.instances.logs(
      instanceId,
      { tail: lines, isDaemonLog },
      { signal: context.terminal.interrupted },
    );
    return text === '' ? [] : text.replace(/\n$/, '').split('\n');
  } finally {
    progress.end();
  }
}

/**
 * What `next` has beyond the end of `before`, both read with the same number of lines: the log has moved on by as few as
 * it can have.
 */
export function newLines(before: readonly string[], next: readonly string[]): readonly string[] {
  for (let gone = 0; gone < before.length; gone += 1) {
    const kept = before.length - gone;
    if (kept > next.length) continue;
    const isKept = next.slice(0, kept).every((line, at) => line === before[gone + at]);
    if (isKept) return next.slice(kept);
  }
  return next;
}

/** What runs over there may print anything: on a terminal it must not move the cursor. */
function print({ terminal }: Context, lines: readonly string[]): void {
  const shown = terminal.outIsTerminal ? lines.map(printable) : lines;
  if (shown.length > 0) terminal.out(`${shown.join('\n')}\n`);
}
