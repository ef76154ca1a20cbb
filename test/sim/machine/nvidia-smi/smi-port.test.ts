// The simulator's end of nvidia-smi, and scripts that are killed while they ask it.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../../src/base/std/index.ts';
import { openSmiPort } from '../../../../src/sim/machine/nvidia-smi/smi-port.ts';

const GPUS = { name: 'RTX 4090', count: 1, memoryMb: 24_564, uuidSeed: 'smi port' };

async function ask(port: number, ...lines: readonly string[]): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(lines.map((line) => `${line}\n`).join(''));
  return socket;
}

it('goes on answering when a script is killed in the middle of its question', async () => {
  const smi = await openSmiPort({ clock: systemClock(), log: silentLog });
  const { script } = smi.addMachine(GPUS, () => ({ state: 'idle' }));
  const port = Number(/tcp\/127\.0\.0\.1\/(\d+)/.exec(script)?.[1]);
  const token = /'%s\\n' (\S+) /.exec(script)?.[1] ?? '';
  for (let killed = 0; killed < 5; killed += 1) {
    const socket = await ask(port, token);
    socket.resetAndDestroy();
    await once(socket, 'close');
  }
  const socket = await ask(port, token, '1', '--no-such-flag');
  expect(await text(socket)).toContain('Invalid combination of input arguments');
  await smi.close();
});
