// What the official CLI's verbs do here: ours, said in its words.
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance } from '../one-instance.ts';
import { exec } from './exec.ts';
import { ps } from './ps.ts';
import { rm } from './rm.ts';

const asJson = (flags: Flags): Flags => (flags.raw === true ? { ...flags, json: true } : flags);

/** `show instances`, `show instance ID` */
export async function showByHabit(
  context: Context,
  what: string,
  id: string | undefined,
  flags: Flags,
): Promise<void> {
  if (/^instances(-v1)?$/.test(what)) return await ps(context, asJson(flags));
  if (what === 'instance' && id !== undefined) return await ps(context, asJson(flags), id);
  throw new UsageError(
    `"show ${what}" has no answer here; "vastdeck ps" shows instances, "vastdeck offers" what can be rented`,
  );
}

/** `destroy instance ID`, at once as over there */
export async function destroyByHabit(
  context: Context,
  words: readonly string[],
  flags: Flags,
): Promise<void> {
  const ids = words[0] === 'instance' || words[0] === 'instances' ? words.slice(1) : words;
  const [id, ...more] = ids;
  if (id === undefined || more.length > 0) {
    throw new UsageError('One instance at a time: vastdeck rm NAME --now');
  }
  await rm(context, id, { ...asJson(flags), now: true });
}

/** `ssh-url ID` */
export async function sshUrlByHabit(context: Context, name: string, _flags: Flags): Promise<void> {
  await using renting = await openInstanceSession(context);
  const { instance, shown } = await findInstance(renting, name, context.terminal.interrupted);
  const address = instance.ssh.direct ?? instance.ssh.proxy;
  if (!address) throw new UsageError(`${shown} has no SSH port; "vastdeck ps" tells its state`);
  context.terminal.out(`ssh://root@${address.host}:${address.port}\n`);
}

/** `execute ID COMMAND`: over SSH while it runs; of one that stands still the service knows ls, rm and du. */
export async function executeByHabit(
  context: Context,
  name: string,
  words: readonly string[],
  flags: Flags,
): Promise<void> {
  const command = words.join(' ');
  const isStopped = await withInstance(context, name, async ({ instance, client }) => {
    if (instance.actualStatus === 'running') return false;
    context.terminal.out(
      await client.instances.execute(instance.id, command, { signal: context.terminal.interrupted }),
    );
    return true;
  });
  if (!isStopped) await exec(context, name, [command], flags);
}

async function withInstance<T>(
  context: Context,
  name: string,
  use: (found: {
    readonly instance: Awaited<ReturnType<typeof findInstance>>['instance'];
    readonly client: Awaited<ReturnType<typeof openInstanceSession>>['client'];
  }) => Promise<T>,
): Promise<T> {
  await using renting = await openInstanceSession(context);
  const { instance } = await findInstance(renting, name, context.terminal.interrupted);
  return await use({ instance, client: renting.client });
}
