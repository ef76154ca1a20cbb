// Copies of checkpoints that a program deletes as quickly as it writes them.
import { describe, expect, it } from 'vitest';
import { aJobWorld, countingJob } from './a-job-world.ts';

/** One a second, the last two kept. */
const ROTATING = `
mkdir -p out
i=0
while [ $i -lt 200 ]; do
  i=$((i+1))
  mkdir -p out/.new.tmp
  echo $i > out/.new.tmp/step
  mv out/.new.tmp out/ckpt-$(printf %04d $i)
  rm -rf out/ckpt-$(printf %04d $((i-2)))
  sleep 1
done
echo done > out/model.txt`;

describe('checkpoints', () => {
  it('are copied though none of them stands still for long', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ run: ROTATING }));
    expect(await world.drive(record)).toMatchObject({ status: 'succeeded' });
    const [attempt] = await world.process.records.attempts(record.id);
    expect(attempt?.checkpoint).toMatch(/^out\/ckpt-\d{4}@/);
  });
});
