// `vastdeck key`: the SSH key with which this install enters its machines: shown, made, changed, attached.

import { createInstanceConnector } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import { type Flags, readText } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance } from '../one-instance.ts';
import type { Column } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { fingerprintOf, nextKey, putInPlace, readPublicKey } from '../ssh-key-files.ts';

const COLUMNS: readonly Column[] = [
  { name: 'where' },
  { name: 'key_id' },
  { name: 'fingerprint', isWhole: true },
  { name: 'is_ours', title: 'ours', format: (value) => (value ? 'yes' : 'no') },
  { name: 'public_key', importance: 0 },
];

export async function keyShow(context: Context, flags: Flags): Promise<void> {
  const { terminal, config } = context;
  await using renting = await openInstanceSession(context);
  const { client, sshKey } = renting;
  const signal = terminal.interrupted;
  const rows = [
    row('this computer', undefined, sshKey.publicKey, sshKey.fingerprint),
    ...(await client.sshKeys.list({ signal })).map(({ id, publicKey }) =>
      row('the account', id, publicKey, sshKey.fingerprint),
    ),
  ];
  for (const rental of await liveRentals(renting)) {
    if (rental.instanceId === undefined) continue;
    const attached = await client.instances.sshKeys.list(rental.instanceId, { signal });
    rows.push(...attached.map(({ id, publicKey }) => row(rental.name, id, publicKey, sshKey.fingerprint)));
  }
  context.print(rows, COLUMNS, flags);
  terminal.err(`The private half is ${config.home.value}/ssh_key and never leaves this computer.\n`);
  const isKnown = rows.some(({ where, is_ours: isOurs }) => where === 'the account' && isOurs);
  if (!isKnown)
    terminal.err(
      'The account does not have it: machines get it when they are rented; "vd key create" adds it for those that others rent.\n',
    );
}

function row(where: string, keyId: number | undefined, publicKey: string, ours: string) {
  const fingerprint = fingerprintOf(publicKey);
  return { where, key_id: keyId ?? null, fingerprint, is_ours: fingerprint === ours, public_key: publicKey };
}

async function liveRentals({ records, account }: Renting) {
  return await records.list({ account: account.account, statuses: ['booting', 'ready', 'stopped'] });
}

/** Makes the pair where there is none, and adds it to the account. */
export async function keyCreate(context: Context): Promise<void> {
  const { terminal } = context;
  await using renting = await openInstanceSession(context);
  const { client, sshKey } = renting;
  const known = await client.sshKeys.list({ signal: terminal.interrupted });
  const mine = known.find(({ publicKey }) => fingerprintOf(publicKey) === sshKey.fingerprint);
  if (mine) {
    terminal.err(`The account has this computer's key already: ${sshKey.fingerprint}, number ${mine.id}.\n`);
    return;
  }
  const { id } = await client.sshKeys.add(sshKey.publicKey, { signal: terminal.interrupted });
  terminal.err(
    `The account has this computer's key now: ${sshKey.fingerprint}, number ${id}. Machines rented from now on take it.\n`,
  );
}

/**
 * A new pair in place of the old one. The old one goes from a machine only when the new one has entered it; a command
 * that is killed goes on where it was.
 */
export async function keyRotate(context: Context, flags: Flags): Promise<void> {
  const { terminal, config, clock, log } = context;
  const signal = terminal.interrupted;
  await using renting = await openInstanceSession(context);
  const { client, sshKey: old, store, account, watcher } = renting;
  const live = (await liveRentals(renting)).filter(({ instanceId }) => instanceId !== undefined);
  const plan = `Make a new SSH key, attach it to ${plural(live.length, 'machine')} and to the account, and take the old one (${old.fingerprint}) off.`;
  if (!(await askConsent(context, flags, { plan }))) return;
  const next = nextKey(config.home.value);
  const known = await client.sshKeys.list({ signal });
  if (!known.some(({ publicKey }) => fingerprintOf(publicKey) === next.fingerprint)) {
    await client.sshKeys.add(next.publicKey, { signal });
  }
  const connect = createInstanceConnector({
    privateKeys: [next.privateKey],
    store,
    account: account.account,
    clock,
    log,
  });
  const entered: number[] = [];
  const closed: string[] = [];
  for (const { instanceId, name, status } of live) {
    const id = instanceId as number;
    await client.instances.sshKeys.attach(id, next.publicKey, { signal });
    const instance = await watcher.lookup(id, signal);
    try {
      if (status !== 'ready' || !instance) throw new Error(`it is ${status}`);
      const shell = await enterSoon(context, () => connect(instance, { signal }));
      await shell.close();
      entered.push(id);
    } catch (error) {
      if (signal.aborted) throw error;
      closed.push(`${name} (${(error as Error).message})`);
    }
  }
  if (closed.length > 0) {
    terminal.err(
      `The new key does not open ${closed.join(', ')} yet, so the old one stays in use everywhere; start them and run "vd key rotate" again.\n`,
    );
    context.endWith(EXIT_CODES.failed);
    return;
  }
  putInPlace(config.home.value);
  for (const id of entered) {
    const keys = await client.instances.sshKeys.list(id, { signal });
    const gone = keys.find(({ publicKey }) => fingerprintOf(publicKey) === old.fingerprint);
    if (gone) await client.instances.sshKeys.detach(id, gone.id, { signal });
  }
  const onAccount = known.find(({ publicKey }) => fingerprintOf(publicKey) === old.fingerprint);
  if (onAccount) await client.sshKeys.remove(onAccount.id, { signal });
  terminal.err(
    `The key is ${next.fingerprint} now; it opens ${plural(entered.length, 'machine')}, and the old one is off the account.\n`,
  );
}

const KEY_TRIES = 6;
const BETWEEN_TRIES_MS = 5_000;

/** The service takes some seconds to put a key onto a machine. */
async function enterSoon<T>({ clock, terminal }: Context, enter: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await enter();
    } catch (error) {
      if (tries >= KEY_TRIES) throw error;
      await clock.sleep(BETWEEN_TRIES_MS, terminal.interrupted);
    }
  }
}

/** Ours, or that of a file, to one machine. */
export async function keyAttach(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const signal = terminal.interrupted;
  const file = readText(flags.key);
  const given = file === undefined ? undefined : readPublicKey(file, terminal);
  await using renting = await openInstanceSession(context);
  const publicKey = given ?? renting.sshKey.publicKey;
  const { instance, shown } = await findInstance(renting, name, signal);
  await renting.client.instances.sshKeys.attach(instance.id, publicKey, { signal });
  terminal.err(`${fingerprintOf(publicKey)} is attached to ${shown}; it works in some seconds.\n`);
}

export async function keyDetach(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const signal = terminal.interrupted;
  const file = readText(flags.key);
  const given = file === undefined ? undefined : readPublicKey(file, terminal);
  await using renting = await openInstanceSession(context);
  const wanted = fingerprintOf(given ?? renting.sshKey.publicKey);
  const { instance, shown } = await findInstance(renting, name, signal);
  const keys = await renting.client.instances.sshKeys.list(instance.id, { signal });
  const key = keys.find(({ publicKey }) => fingerprintOf(publicKey) === wanted);
  if (!key) {
    terminal.err(
      `${shown} does not have the key ${wanted}; it has ${keys.map(({ publicKey }) => fingerprintOf(publicKey)).join(', ') || 'none'}.\n`,
    );
    context.endWith(EXIT_CODES.notFound);
    return;
  }
  const isOurs = given === undefined;
  const plan = `Take the key ${wanted} off ${shown}${isOurs ? '; this computer can then not enter it any more' : ''}.`;
  if (!(await askConsent(context, flags, { plan }))) return;
  await renting.client.instances.sshKeys.detach(instance.id, key.id, { signal });
  terminal.err(`${wanted} is off ${shown}.\n`);
}
