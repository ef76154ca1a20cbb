// `vastdeck cp`: files to and from an instance, by rsync or scp where both ends have them and else by SFTP; from one
// instance to another by the service's own copy.
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { quoteWord, type RemoteShell } from '../../../net/ssh/index.ts';
import { noteEntered } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { type CopyDirection, readCopyDirection } from '../copy-ends.ts';
import { enter } from '../entered-instance.ts';
import { EXIT_CODES, NotFoundError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance, type OneInstance } from '../one-instance.ts';
import { formatBytes } from '../output/number.ts';
import { progressLine } from '../output/progress.ts';
import { copyDown, copyUp } from '../sftp-copy.ts';
import { runProgram, type SshTarget, sshTarget } from '../ssh-command.ts';

const WAYS = ['rsync', 'scp', 'sftp'] as const;
type Way = (typeof WAYS)[number];
type OneEnded = Exclude<CopyDirection, { kind: 'between' }>;

export async function cp(context: Context, source: string, target: string, flags: Flags): Promise<void> {
  const direction = readCopyDirection(source, target);
  if (direction.kind === 'up' && !existsSync(resolve(context.terminal.cwd, direction.from))) {
    throw new NotFoundError(`There is no ${direction.from} on this computer`);
  }
  await using renting = await openInstanceSession(context);
  if (direction.kind === 'between') return await copyBetween(context, renting, direction, flags);
  const one = await findInstance(renting, direction.name, context.terminal.interrupted);
  if (flags.dryRun === true) {
    context.terminal.err(`Would copy ${source} to ${target}. Nothing was done: this is a dry run.\n`);
    return;
  }
  const entered = await enter(context, renting, one, flags);
  if (!entered) return;
  await using shell = entered.shell;
  const ssh = sshTarget(context.config.home.value, { instanceId: one.instance.id, ...entered });
  const { stdout } = await shell.exec('command -v rsync scp', { signal: context.terminal.interrupted });
  const ways = WAYS.filter(
    (way) => (flags.via === undefined || flags.via === way) && (way === 'sftp' || stdout.includes(`/${way}`)),
  );
  const isRenamed = await isFolderRenamed(context, shell, direction);
  for (const way of ways) {
    if (way === 'sftp') {
      await bySftp(context, shell, direction);
      break;
    }
    const end = await runProgram(context.terminal, lineOf(way, ssh, { ...direction, isRenamed }), {
      stdio: ['inherit', context.terminal.errIsTerminal ? 2 : 'ignore', 'inherit'],
    });
    // Not on this computer: the next way.
    if (!end) continue;
    if (context.terminal.interrupted.aborted) return context.endWith(EXIT_CODES.interrupted);
    if (end.code !== 0) {
      context.terminal.err(
        `${way} ended with code ${end.code ?? end.signal}; what has arrived whole is there.\n`,
      );
      return context.endWith(EXIT_CODES.failed);
    }
    break;
  }
  if (ways.length === 0)
    throw new NotFoundError(`There is no ${String(flags.via)} on ${one.shown}; leave --via out`);
  await noteEntered({ store: renting.store, account: renting.account.account }, one.instance.id);
  context.terminal.err(`Copied ${source} to ${target}.\n`);
  if (flags.json === true || flags.format !== undefined) {
    context.print(
      [{ id: one.instance.id, from: source, to: target }],
      [{ name: 'id' }, { name: 'from' }, { name: 'to' }],
      flags,
    );
  }
}

/**
 * Whether the target is what the folder is to be called, and not where it is put: as `cp -r` decides, for all three
 * ways. Throws NotFoundError for a source over there that is not there.
 */
async function isFolderRenamed(
  { terminal: { cwd } }: Context,
  shell: RemoteShell,
  { kind, from, to }: OneEnded,
): Promise<boolean> {
  if (kind === 'up') {
    return statSync(resolve(cwd, from)).isDirectory() && (await shell.stat(to))?.kind !== 'directory';
  }
  const source = await shell.stat(from);
  if (!source) throw new NotFoundError(`There is no ${from} on the instance`);
  const isInto = statSync(resolve(cwd, to), { throwIfNoEntry: false })?.isDirectory() === true;
  return source.kind === 'directory' && !isInto;
}

function lineOf(
  way: Exclude<Way, 'sftp'>,
  { address, options }: SshTarget,
  direction: OneEnded & { readonly isRenamed: boolean },
): readonly string[] {
  const { host, port } = address;
  const remote = (path: string) => `root@${host}:${path}`;
  const bare = direction.from.length > 1 ? direction.from.replace(/\/+$/, '') : direction.from;
  // To rsync a folder with a slash is what it holds.
  const from = way === 'rsync' && direction.isRenamed ? `${bare}/` : bare;
  const ends =
    direction.kind === 'up'
      ? [localPath(from), remote(direction.to)]
      : [remote(from), localPath(direction.to)];
  if (way === 'scp') return ['scp', '-r', '-p', ...options, '-P', String(port), '--', ...ends];
  const shell = ['ssh', ...options, '-p', String(port)].map(quoteWord).join(' ');
  return ['rsync', '-a', '--partial', '--info=progress2', '--protect-args', '-e', shell, '--', ...ends];
}

/** To both programs a colon before the first slash would be a host. */
function localPath(path: string): string {
  return /^[^/]*:/.test(path) ? `./${path}` : path;
}

async function bySftp(context: Context, shell: RemoteShell, direction: OneEnded): Promise<void> {
  const { terminal } = context;
  const progress = progressLine(context);
  let total = 0;
  const options = {
    signal: terminal.interrupted,
    onBytes: (bytes: number, path: string) => {
      total += bytes;
      progress.show(`${formatBytes(total)} copied by SFTP (${path})`);
    },
  };
  try {
    if (direction.kind === 'up')
      await copyUp(shell, resolve(terminal.cwd, direction.from), direction.to, options);
    else await copyDown(shell, direction.from, resolve(terminal.cwd, direction.to), options);
  } finally {
    progress.end();
  }
}

async function copyBetween(
  context: Context,
  renting: Renting,
  { from, to }: Extract<CopyDirection, { kind: 'between' }>,
  flags: Flags,
): Promise<void> {
  const signal = context.terminal.interrupted;
  const source = await findInstance(renting, from.name, signal);
  const target = await findInstance(renting, to.name, signal);
  const prices = `${trafficPrice(source, 'uploadPricePerGb')} from it and ${trafficPrice(target, 'downloadPricePerGb')} to the other`;
  const plan = `Has Vast.ai copy ${from.path} of ${source.shown} to ${to.path} of ${target.shown}; both machines bill the traffic: ${prices}.`;
  if (!(await askConsent(context, flags, { plan }))) return;
  const started = await renting.client.copies.start(
    { instanceId: source.instance.id, path: from.path },
    { instanceId: target.instance.id, path: to.path },
    { signal },
  );
  context.terminal.err(
    `${started.message ?? 'The copy has begun.'} The service does not say when it ends: look at the files with "vastdeck exec ${to.name} -- ls -l ${to.path}".\n`,
  );
  if (flags.json === true || flags.format !== undefined) {
    const row = { from_id: source.instance.id, to_id: target.instance.id, state: 'begun' };
    context.print(
      [row],
      Object.keys(row).map((name) => ({ name })),
      flags,
    );
  }
}

function trafficPrice({ instance }: OneInstance, which: 'uploadPricePerGb' | 'downloadPricePerGb'): string {
  const price = instance[which];
  return price === null ? 'an unknown price' : `$${price.toFixed(4)} a GB`;
}
