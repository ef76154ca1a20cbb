// A download in a process of its own, to be killed: what to fetch comes on standard input, progress goes out.
import { text } from 'node:stream/consumers';
import { connectShell } from 'vastdeck/ssh';
import { createRandom, Secret, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { createTransfers } from '../../../src/rent/remote/index.ts';

const { port, privateKey, from, to } = JSON.parse(await text(process.stdin)) as {
  readonly port: number;
  readonly privateKey: string;
  readonly from: string;
  readonly to: string;
};
const clock = systemClock();
const transfers = createTransfers({
  clock,
  random: createRandom('download'),
  log: silentLog,
  open: () =>
    connectShell({
      host: '127.0.0.1',
      port,
      username: 'root',
      privateKeys: [new Secret(privateKey)],
      hostKey: { kind: 'first-use', pin: () => {} },
      clock,
    }),
});
await transfers.download({
  from,
  to,
  compress: false,
  onProgress: ({ bytes }) => process.stdout.write(`${bytes}\n`),
});
