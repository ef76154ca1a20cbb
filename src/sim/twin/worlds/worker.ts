// A worker that takes items from a folder until there are none: files in `todo` are claimed by renaming
// them to `doing`, worked on for a time, and answered by a file in `done` or `failed`.
import { createRandom, type Random } from '../../../base/std/index.ts';
import { FileFault } from '../file-fault.ts';
import type { Program } from '../process.ts';

export interface WorkerOptions {
  /** How long an item takes; drawn from the seed and the item's name alone, so that a retry takes as long. */
  readonly itemMs: number | ((item: string, random: Random) => number);
  readonly seed?: string | number;
  /** How many of the items fail, by their name; default 0. */
  readonly failureRatio?: number;
  /** Default `end`. */
  readonly whenEmpty?: 'end' | 'wait';
}

/** The program; the queue's folder is its first argument, else `$WORKSPACE/queue`. Several may share a queue. */
export function worker(options: WorkerOptions): Program {
  const { itemMs, seed = 0, failureRatio = 0, whenEmpty = 'end' } = options;
  return async (process) => {
    const { files } = process;
    const queue = process.resolve(
      process.args[0] ?? `${process.environment.WORKSPACE ?? '/workspace'}/queue`,
    );
    for (const folder of ['todo', 'doing', 'done', 'failed'])
      files.makeDirectory(`${queue}/${folder}`, 'parents');
    for (;;) {
      const next = files.list(`${queue}/todo`).find(({ kind }) => kind === 'file');
      if (!next) {
        if (whenEmpty === 'end') break;
        await process.diskChange();
        continue;
      }
      const item = next.path.slice(next.path.lastIndexOf('/') + 1);
      const claimed = `${queue}/doing/${item}`;
      files.rename(next.path, claimed);
      const random = createRandom(seed).fork('item', item);
      const takesMs = typeof itemMs === 'number' ? itemMs : itemMs(item, random.fork('time'));
      await process.print(`item ${item} started`);
      await process.sleep(takesMs);
      const outcome = random.fork('outcome').chance(failureRatio) ? 'failed' : 'done';
      const result = `${queue}/${outcome}/${item}`;
      try {
        files.rename(claimed, result);
      } catch (error) {
        // Somebody took the claim away meanwhile (a lease that ran out): the item is theirs now.
        if (!(error instanceof FileFault) || error.code !== 'ENOENT') throw error;
        await process.print(`item ${item} was taken away`);
        continue;
      }
      files.write(result, `${JSON.stringify({ item, takesMs, by: process.pid })}\n`);
      await process.print(`item ${item} ${outcome} in ${takesMs} ms`);
    }
    await process.print('no items left');
    return 0;
  };
}
