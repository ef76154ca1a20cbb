// Every request that the official client was recorded to send is answered with what that client needs, and does what it
// says by ground truth. The recording defines the simulator; our own client does not.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { effectOf } from './effects.ts';
import { aReplayWorld, type Recorded, withIds } from './world.ts';

const recorded = JSON.parse(
  readFileSync(new URL('requests.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

/** Fields without which the client crashes or prints nothing; `[]` stands for a bare array. */
const NEEDED: readonly [command: string, field: string][] = [
  ['search offers', 'offers'],
  ['search volumes', 'offers'],
  ['search network-volumes', 'offers'],
  ['search templates', 'templates'],
  ['search invoices', '[]'],
  ['search benchmarks', '[]'],
  ['show instances --status', 'filters'],
  ['show instances-v1 --raw', 'instances'],
  ['show instances --raw', 'instances'],
  ['show instances -q', 'instances'],
  ['show instance ', 'instances'],
  ['show ssh-keys', '[]'],
  ['show user', 'credit'],
  ['show invoices-v1', 'results'],
  ['show invoices', 'invoices'],
  ['show earnings', 'per_machine'],
  ['show deposit', 'success'],
  ['show ipaddrs', 'results'],
  ['show audit-logs', '[]'],
  ['show machines', 'machines'],
  ['show machine ', '[]'],
  ['show maints', '[]'],
  ['reports', '[]'],
  ['show env-vars', 'secrets'],
  ['show volumes', 'volumes'],
  ['metrics gpu-trends', 'gpus'],
  ['metrics gpu-locations', 'locations'],
  ['metrics gpu', 'gpus'],
  ['show pending-price-increases', 'pending_price_increases'],
  ['accept price-increase', 'pending_price_increases'],
  ['show api-keys', 'apikeys'],
  ['show endpoints', 'results'],
  ['show workergroups', 'results'],
  ['show scheduled-jobs', '[]'],
  ['show connections', '[]'],
  ['ssh-url', 'instances'],
];

const HOSTS = /^(show machine|show maints|show earnings|reports|metrics)/;

describe('the official client', () => {
  it.each(
    recorded.map((row) => [`${row.generation ?? 'new'}: ${row.command}`, row] as const),
  )('%s', async (_, row) => {
    const world = await aReplayWorld();
    const effect = effectOf(row.command);
    await effect?.prepare?.(world);
    const seqBefore = world.sim.truth.log().length;
    const who = effect?.who ?? (HOSTS.test(row.command) ? 'host' : 'renter');
    let reply = await world.send(withIds(row, world.ids), who);
    for (let again = 1; again < (row.times ?? 1); again += 1) {
      // A bulk destroy is sent six times: the client takes its own success for a failure.
      expect((await world.send(withIds(row, world.ids), who)).status).toBe(200);
    }
    expect(reply.contentType).toBe('application/json');
    await effect?.check(world, reply, seqBefore);
    for (const next of row.then ?? []) {
      // Files of results stand at the address that the answer gave.
      if (next.path.startsWith('/result/')) continue;
      reply = await world.send(withIds(next, world.ids), who);
      expect(reply.status).toBe(200);
    }
    if (effect) return;
    expect(reply.status).toBe(200);
    const needed = NEEDED.find(([command]) => row.command.startsWith(command))?.[1];
    if (row.command.startsWith('show instances'))
      expect(reply.body).toHaveProperty(row.then ? 'instances' : (needed ?? 'instances'));
    else if (needed === '[]') expect(Array.isArray(reply.body)).toBe(true);
    else expect(reply.body).toHaveProperty(needed as string);
  });
});
