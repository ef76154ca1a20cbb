// A simulator to be killed: opens a room in the folder of its first argument, in the isolation of its second, starts
// a machine whose onstart leaves daemons behind, and says when they run.
import { createServer } from 'node:net';
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import { type Isolation, openMachineRoom } from '../../../src/sim/machine/index.ts';

const [dir = '', isolation = '', word = ''] = process.argv.slice(2);
const room = await openMachineRoom({
  dir,
  clock: systemClock(),
  log: silentLog,
  isolation: isolation as Isolation,
});
const machine = await room.create({
  instanceId: 1,
  diskGb: 10,
  env: { WORD: word },
  authorizedKeys: () => [],
  onstart: `nohup sh -c 'sleep 600; echo ${word}' >/dev/null 2>&1 &
setsid sh -c 'trap "" TERM HUP; sleep 600; echo ${word}' &
mkdir -p ~/locked; chmod 000 ~/locked
echo daemons started`,
  gpus: { name: 'RTX 4090', count: 1, memoryMb: 24_564, uuidSeed: 'test' },
  load: () => ({ state: 'idle' }),
  autoTmux: false,
});
await machine.start();
while (!(await machine.logs()).includes('daemons started')) await systemClock().sleep(5);
process.stdout.write('ready\n');
// Stays until it is killed.
createServer().listen(0, '127.0.0.1');
