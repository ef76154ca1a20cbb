// A disk here that takes nothing of a job for a while: its log, or its artifacts.
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import type { TorturedJobs } from './world.ts';

/** A device that has no room, where there is one; else something in the place, which nobody can write to either. */
const FULL = '/dev/full';

/** By its dice, once a job and before its first file is here; taken away again some minutes after it was in the way. */
export function blockHere({ world, troubles, tally, statusOf }: Blocked, jobId: string): void {
  const dice = troubles.of(`disk here ${jobId}`);
  if (!dice.chance(0.5)) return;
  const isLog = dice.chance(0.5);
  const place = join(world.home, 'jobs', jobId, isLog ? 'attempt-1.log' : 'artifacts');
  // A folder of its own was begun, or it was in the way before.
  if (existsSync(dirname(place))) return;
  mkdirSync(dirname(place), { recursive: true });
  if (!isLog) writeFileSync(place, '');
  else if (existsSync(FULL)) symlinkSync(FULL, place);
  else mkdirSync(place);
  const until = isLog ? ['running', 'fetching'] : ['fetching'];
  let met = 0;
  const look = () => {
    const status = statusOf(jobId) ?? 'queued';
    if (until.includes(status)) met += 1;
    const isOver = ['succeeded', 'failed', 'cancelled'].includes(status);
    if (met < MET_MINUTES && !isOver) return void world.clock.setTimer(MINUTE, look);
    if (met > 0) tally.count(isLog ? 'the disk here takes no log' : 'the disk here takes no artifacts');
    if (isLog || lstatSync(place).isFile()) rmSync(place, { recursive: true });
  };
  world.clock.setTimer(MINUTE, look);
}

type Blocked = Pick<TorturedJobs, 'world' | 'troubles' | 'tally' | 'statusOf'>;

const MET_MINUTES = 4;
