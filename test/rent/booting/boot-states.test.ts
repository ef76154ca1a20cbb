// What a boot remembers, on every engine: two processes never both go on with the same boot.
import { describe, expect, it } from 'vitest';
import {
  type BootMemory,
  bootMigrations,
  createBootStates,
} from '../../../src/rent/rental/booting/boot-states.ts';
import { createHostKeys } from '../../../src/rent/rental/booting/index.ts';
import { rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const MEMORY: BootMemory = {
  phase: 'pulling',
  phaseSinceMs: 5,
  spentMs: { provisioning: 4 },
  daemonLines: ['a "quoted" line'],
  containerLines: [],
  key: { tries: 0 },
  reboot: {},
  ssh: { windowFromMs: 5, tries: 0, nextAtMs: 5 },
};

const migrations = [...rentalMigrations, ...bootMigrations];
const RENTAL = { id: 'rental_000000000000000001' };

describe.each(ENGINES)('on %s', (engine) => {
  it('is there for the next step of the same boot, and for no other one', async () => {
    const { store } = await freshStore(engine, { migrations });
    const states = createBootStates(store);
    const fresh = await states.load(RENTAL, 7, 1_000);
    expect(fresh).toMatchObject({ version: 0, memory: undefined });
    expect(await states.save(fresh, MEMORY)).toMatchObject({ version: 1, memory: MEMORY });
    expect(await states.load(RENTAL, 7, 1_000)).toMatchObject({ version: 1, memory: MEMORY });
    // Another instance of the same rental, and the same one started again.
    for (const [instanceId, begunAtMs] of [
      [8, 1_000],
      [7, 2_000],
    ] as const) {
      const other = await states.load(RENTAL, instanceId, begunAtMs);
      expect(other).toMatchObject({ version: 1, memory: undefined });
    }
    const again = await states.load(RENTAL, 8, 1_000);
    expect(await states.save(again, MEMORY)).toMatchObject({ version: 2 });
    expect((await states.load(RENTAL, 7, 1_000)).memory).toBeUndefined();
  });

  it('is written by one of two that read the same version', async () => {
    const { store, openAgain } = await freshStore(engine, { migrations });
    const [ours, theirs] = [createBootStates(store), createBootStates(await openAgain())];
    const [a, b] = [await ours.load(RENTAL, 7, 1), await theirs.load(RENTAL, 7, 1)];
    expect(await ours.save(a, MEMORY)).toBeDefined();
    expect(await theirs.save(b, { ...MEMORY, phaseSinceMs: 99 })).toBeUndefined();
    const [c, d] = [await ours.load(RENTAL, 7, 1), await theirs.load(RENTAL, 7, 1)];
    expect(await theirs.save(d, { ...MEMORY, phaseSinceMs: 100 })).toBeDefined();
    expect(await ours.save(c, MEMORY)).toBeUndefined();
    expect((await ours.load(RENTAL, 7, 1)).memory?.phaseSinceMs).toBe(100);
  });

  it('a host key is kept once, and another one is refused until we forget it ourselves', async () => {
    const { store } = await freshStore(engine, { migrations });
    const keys = createHostKeys({ store, account: 'main' });
    const key = (fingerprint: string) => ({ fingerprint, blob: '' });
    expect(await keys.pinned(7)).toBeUndefined();
    await keys.pin(7, 'root@host:22', key('SHA256:one'));
    await keys.pin(7, 'root@host:22', key('SHA256:one'));
    await expect(keys.pin(7, 'root@host:22', key('SHA256:two'))).rejects.toThrow(
      'root@host:22 shows the host key SHA256:two, but SHA256:one was pinned',
    );
    expect(await keys.pinned(7)).toBe('SHA256:one');
    expect(await keys.pinned(8)).toBeUndefined();
    expect(await createHostKeys({ store, account: 'other' }).pinned(7)).toBeUndefined();
    await keys.forget(7);
    await keys.pin(7, 'root@host:22', key('SHA256:two'));
    expect(await keys.pinned(7)).toBe('SHA256:two');
  });
});
