// `vastdeck cp`: files to and from an instance, whole under their names, going on where they were broken off; from one
// instance to another by the service's own copy.
import { existsSync, statSync } from 'node:fs';
import { basename, join, posix, resolve } from 'node:path';
import type { RemoteShell } from '../../../net/ssh/index.ts';
import {
  createShellPool,
  createTransfers,
  type TransferProgress,
  type TransferReport,
  type Transfers,
} from '../../../rent/remote/index.ts';
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
import { formatBytes, plural } from '../output/number.ts';
import { progressLine } from '../output/progress.ts';
import { transferBar } from '../output/transfer-bar.ts';

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
  await using pool = createShellPool<number>({
    ...context,
    connect: (_, how) => renting.connect(one.instance, how),
  });
  const transfers = createTransfers(
    { ...context, open: pool.opener(one.instance.id) },
    flags.spawn === false
      ? {}
      : {
          openSsh: {
            ...entered.address,
            username: 'root',
            privateKeys: [renting.sshKey.privateKey],
            hostKey: entered.hostKey,
          },
        },
  );
  const places = await placesOf(context, shell, direction);
  const report = await transfer(context, transfers, { ...direction, ...places }, flags);
  if (!report) return context.endWith(EXIT_CODES.interrupted);
  await noteEntered({ store: renting.store, account: renting.account.account }, one.instance.id);
  context.terminal.err(`${reportSentence(report, source, target)}\n`);
  if (flags.json === true || flags.format !== undefined) {
    const row = {
      id: one.instance.id,
      from: source,
      to: target,
      files: report.files,
      bytes: report.bytes,
      ways: report.ways.join('+'),
      skipped: report.skipped.length,
    };
    context.print(
      [row],
      Object.keys(row).map((name) => ({ name })),
      flags,
    );
  }
}

/** Where from and to in full: into a folder that is there, else to the name, as `cp -r` does. */
async function placesOf(
  { terminal: { cwd } }: Context,
  shell: RemoteShell,
  { kind, ...ends }: OneEnded,
): Promise<{ readonly from: string; readonly to: string }> {
  const atHome = (path: string) => (path === '~' ? '.' : path.replace(/^~\//, ''));
  if (kind === 'up') {
    const from = resolve(cwd, ends.from);
    const to = atHome(ends.to);
    // A file that is to lie in a folder which is not there yet.
    const isInto = (to.endsWith('/') && !statSync(from).isDirectory()) || (await isFolderThere(shell, to));
    return { from, to: isInto ? posix.join(to, basename(from)) : to };
  }
  const from = atHome(ends.from);
  if (!(await shell.stat(from))) throw new NotFoundError(`There is no ${ends.from} on the instance`);
  const to = resolve(cwd, ends.to);
  const isInto = ends.to.endsWith('/') || statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
  const name = posix.basename(from);
  if (isInto && (name === '' || name === '.' || name === '..')) return { from, to };
  return { from, to: isInto ? join(to, name) : to };
}

async function isFolderThere(shell: RemoteShell, path: string): Promise<boolean> {
  return (await shell.stat(path))?.kind === 'directory';
}

/** Undefined when it was interrupted. */
async function transfer(
  context: Context,
  transfers: Transfers,
  { kind, from, to }: OneEnded,
  flags: Flags,
): Promise<TransferReport | undefined> {
  const { terminal } = context;
  const progress = progressLine(context);
  const options = {
    from,
    to,
    compress: flags.compress !== false,
    signal: terminal.interrupted,
    onProgress: (told: TransferProgress) => progress.show(transferBar(told)),
  };
  try {
    if (kind === 'down') return await transfers.download(options);
    return await transfers.upload({ ...options, ignore: flags.ignore === true });
  } catch (error) {
    progress.end();
    if (!terminal.interrupted.aborted) throw error;
    terminal.err('Interrupted; the same command goes on where it ended.\n');
    return undefined;
  } finally {
    progress.end();
  }
}

function reportSentence(
  { files, bytes, ways, skipped }: TransferReport,
  source: string,
  target: string,
): string {
  const by = ways.length > 0 ? `, by ${ways.join(' and ')}` : '';
  const left =
    skipped.length > 0
      ? `; left out, being neither file nor folder: ${skipped.slice(0, 5).join(', ')}${skipped.length > 5 ? ` and ${skipped.length - 5} more` : ''}`
      : '';
  return `Copied ${source} to ${target}: ${plural(files, 'file')}, ${formatBytes(bytes)}${by}${left}.`;
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
