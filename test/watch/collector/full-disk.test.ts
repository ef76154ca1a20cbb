// A disk that fills up under a collector and is freed again: a file system of its own that is too small.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../../src/base/std/index.ts';
import { checkMarket, StoreFullError } from '../../../src/watch/history/index.ts';
import { openWorld, type World, watchFalseGone } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

const canMount = process.platform === 'linux' && geteuid?.() === 0 && mountWorks();

describe.skipIf(!canMount)('a disk that is full', () => {
  it('is waited for, told of as blindness, and nothing is lost but the polls of that time', async () => {
    const folder = smallDisk();
    await using world = await openWorld({ folder, sim: { offers: 300 } });
    const wrong = watchFalseGone(world);
    const told: string[] = [];
    world.collector.events.on('collector:blind', ({ reason }) => told.push(reason));
    world.collector.events.on('collector:seeing', () => told.push('seeing'));
    const running = world.collector.start();
    await world.clock.step(13 * 60_000);
    const before = world.writer.lastPoll()?.poll ?? 0;
    fill(folder);
    await world.clock.step(60 * 60_000);

    const blind = world.collector.status().blind;
    expect(told).toEqual([expect.stringMatching(/^No space is left to write .*free some/)]);
    expect(blind?.sinceMs).toBeGreaterThan(0);
    const full = world.writer.lastPoll()?.poll ?? 0;
    expect(full - before).toBeLessThan(3);
    free(folder);
    await world.clock.step(20 * 60_000);
    expect(told.at(-1)).toBe('seeing');
    expect(world.writer.lastPoll()?.poll).toBeGreaterThan(full + 1);
    await running.stop();
    await world.writer.close();
    const check = await checkMarket({ dir: world.writer.dir, clock: world.clock, log: silentLog });
    expect([check.findings, wrong]).toEqual([[], []]);
    expect(check.polls).toBe(world.collector.status().polls);
  });

  it('ends a collector that was asked for so many polls, after five tries', async () => {
    const folder = smallDisk();
    await using world = await openWorld({ folder, sim: { offers: 300 } });
    await world.storedPoll();
    fill(folder);
    const requestsBefore = world.requests();
    await expect(world.drive(storeMany(world))).rejects.toThrow(StoreFullError);
    // Six searches a sweep.
    expect(world.requests() - requestsBefore).toBeGreaterThanOrEqual(5 * 6);
    free(folder);
    expect(await world.storedPoll()).toMatchObject({ complete: true });
  });
});

/** The pages that are there take a few small polls more. */
function storeMany(world: World): Promise<void> {
  return world.collector.start({ polls: 1_000 }).done;
}

function mountWorks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'vastdeck-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    // A container may not mount, superuser or not.
    return false;
  } finally {
    rmdirSync(folder);
  }
}

function smallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vastdeck-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });
  return folder;
}

function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize));
}

function free(folder: string): void {
  rmSync(join(folder, 'filler'));
}
