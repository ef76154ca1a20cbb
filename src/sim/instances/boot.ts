// From having GPUs to running: the contract is made known, the image pulled, the container started. Each step is
// planned by the one before it; whoever interrupts a boot cancels the step that is due.
import { DRAW } from '../dice.ts';
import { change, type Fleet } from './fleet.ts';
import { release } from './gpus.ts';
import { imageFacts } from './images.ts';
import { watchInside } from './inside-watch.ts';
import type { Instance } from './instance.ts';
import {
  FATAL_BOOTS,
  type FatalBoot,
  fatalText,
  pulledText,
  pullingText,
  runningText,
  upToDateText,
} from './status-texts.ts';
import { billTraffic } from './traffic.ts';

/** Told when an instance runs; faults that come later begin there. */
export type Booted = (instance: Instance, atMs: number) => void;

const SECOND_MS = 1_000;
/** Of the machine's line, when others use it too. */
const LEAST_LINE_SHARE = 0.4;
/** What a registry gives one caller. */
const MOST_PULL_MBPS = 2_000;
/** Unpacking keeps the disk busy, at this share of its speed. */
const UNPACK_DISK_SHARE = 0.15;
const SLOWEST_PULL_MS = 6 * 3_600_000;

/** How long a boot's step takes: the same for the same instance and attempt. */
function drawn(fleet: Fleet, { id, boots }: Instance, what: number, fromSec: number, toSec: number): number {
  const unit = fleet.service.dice.unit(DRAW.boot, id, boots, what);
  return Math.round((fromSec + (toSec - fromSec) * unit) * SECOND_MS);
}

/** What was to happen to it next does not. */
export function halt(instance: Instance): void {
  instance.step?.cancel();
  instance.step = undefined;
}

function after(
  fleet: Fleet,
  instance: Instance,
  atMs: number,
  waitMs: number,
  act: (atMs: number) => void,
): void {
  instance.step?.cancel();
  instance.step = fleet.service.agenda.plan(atMs + waitMs, (dueMs) => {
    instance.step = undefined;
    act(dueMs);
  });
}

/** Boots an instance that holds its GPUs: all the way when its image is not there yet, else only the container. */
export function boot(fleet: Fleet, instance: Instance, atMs: number, booted: Booted): void {
  instance.boots += 1;
  if (instance.isPulled) {
    change(fleet, instance, atMs, 'loading', { actual: 'loading' });
    startContainer(fleet, instance, atMs, booted);
    return;
  }
  const pull = (pullMs: number) => pullImage(fleet, instance, pullMs, booted);
  if (instance.actual !== null && instance.actual !== 'created') pull(atMs);
  else if (instance.actual === 'created') after(fleet, instance, atMs, drawn(fleet, instance, 2, 1, 3), pull);
  else {
    after(fleet, instance, atMs, drawn(fleet, instance, 1, 0.4, 2), (createdMs) => {
      change(fleet, instance, createdMs, 'container_created', { actual: 'created' });
      after(fleet, instance, createdMs, drawn(fleet, instance, 2, 1, 3), pull);
    });
  }
}

function pullImage(fleet: Fleet, instance: Instance, atMs: number, booted: Booted): void {
  const { service, images } = fleet;
  const { id, launch, machine } = instance;
  change(fleet, instance, atMs, 'loading', { actual: 'loading', statusMsg: pullingText(instance) });
  if (service.faults.befalls('stuck-loading', id)) return;
  const misfortune = service.faults.befalls('fatal-pull', id);
  const fatal = misfortune && (FATAL_BOOTS[Math.floor(misfortune.unit * FATAL_BOOTS.length)] as FatalBoot);
  const isCached = images.has(machine.index, launch.image);
  const pullMs = isCached ? drawn(fleet, instance, 3, 1, 4) : pullTimeMs(fleet, instance);
  if (fatal && fatal !== 'port-bind') {
    const waitMs = fatal === 'no-space' ? pullMs : drawn(fleet, instance, 4, 1, 6);
    after(fleet, instance, atMs, waitMs, (failedMs) => failBoot(fleet, instance, failedMs, fatal));
    return;
  }
  after(fleet, instance, atMs, pullMs, (pulledMs) => {
    images.add(machine.index, launch.image);
    const statusMsg = isCached ? upToDateText(instance) : pulledText(instance);
    change(fleet, instance, pulledMs, 'pulled', { statusMsg, isPulled: true });
    if (fatal) {
      const failMs = drawn(fleet, instance, 4, 1, 3);
      after(fleet, instance, pulledMs, failMs, (failedMs) => failBoot(fleet, instance, failedMs, fatal));
    } else startContainer(fleet, instance, pulledMs, booted);
  });
}

/** From the image's size, the machine's line and its disk. */
function pullTimeMs(fleet: Fleet, instance: Instance): number {
  const { service } = fleet;
  const { sizeGb, unpackedGb } = imageFacts(service.dice, instance.launch.image);
  const { inet_down: inetDown, disk_bw: diskMbPerSecond } = instance.hardware;
  const unit = service.dice.unit(DRAW.boot, instance.id, instance.boots, 5);
  const mbps = Math.min(MOST_PULL_MBPS, inetDown * (LEAST_LINE_SHARE + (1 - LEAST_LINE_SHARE) * unit));
  const downloadSec = (sizeGb * 8_000) / mbps;
  const unpackSec = (unpackedGb * 1_000) / (diskMbPerSecond * UNPACK_DISK_SHARE);
  return Math.min(SLOWEST_PULL_MS, Math.round((3 + downloadSec + unpackSec) * SECOND_MS));
}

function startContainer(fleet: Fleet, instance: Instance, atMs: number, booted: Booted): void {
  // Before it starts: what it finds inside is what it has.
  instance.wrongGpu ??= drawWrongGpu(fleet, instance);
  fleet.insides.start(instance);
  watchInside(fleet, instance, atMs);
  // An image without an SSH server gets one installed at the first start.
  const longestSec = instance.boots > 1 || instance.launch.runtype === 'args' ? 6 : 20;
  after(fleet, instance, atMs, drawn(fleet, instance, 6, 2, longestSec), (upMs) => {
    run(fleet, instance, upMs, booted);
  });
}

function run(fleet: Fleet, instance: Instance, atMs: number, booted: Booted): void {
  change(fleet, instance, atMs, 'running', { actual: 'running', statusMsg: runningText(instance) });
  booted(instance, atMs);
}

function drawWrongGpu(fleet: Fleet, { id, chunk, hardware }: Instance): Instance['wrongGpu'] {
  const misfortune = fleet.service.faults.befalls('wrong-gpu', id);
  if (!misfortune) return undefined;
  const { models } = fleet.world;
  if (chunk.size > 1 && misfortune.unit < 0.5) {
    return { gpuName: hardware.gpu_name, numGpus: 1 + Math.floor(misfortune.unit * 2 * (chunk.size - 1)) };
  }
  const others = models.filter(({ name }) => name !== hardware.gpu_name);
  const other = others[Math.floor(misfortune.unit * others.length)];
  return { gpuName: other?.name ?? hardware.gpu_name, numGpus: chunk.size };
}

/** The contract falls back to stopped; the status stays where the boot got stuck. */
function failBoot(fleet: Fleet, instance: Instance, atMs: number, fatal: FatalBoot): void {
  fleet.insides.stop(instance);
  release(fleet, instance, atMs);
  change(
    fleet,
    instance,
    atMs,
    'boot_failed',
    {
      intended: 'stopped',
      current: 'stopped',
      next: 'stopped',
      statusMsg: fatalText(fatal, instance),
      ...(fatal === 'port-bind' && { actual: 'created' as const }),
    },
    { fault: 'fatal-pull', why: fatal },
  );
}

/** Restarts what runs; it keeps its GPUs and its disk. */
export function restart(fleet: Fleet, instance: Instance, atMs: number, booted: Booted): void {
  instance.boots += 1;
  change(fleet, instance, atMs, 'rebooting', { actual: 'rebooting' });
  fleet.insides.reboot(instance);
  after(fleet, instance, atMs, drawn(fleet, instance, 7, 4, 15), (upMs) => {
    run(fleet, instance, upMs, booted);
  });
}

/** Throws the container away and makes it anew from its image; it keeps its GPUs. */
export function remake(fleet: Fleet, instance: Instance, atMs: number, booted: Booted): void {
  billTraffic(fleet, instance, atMs);
  change(fleet, instance, atMs, 'recycling', { actual: 'recycling', isPulled: false });
  fleet.insides.recycle(instance);
  after(fleet, instance, atMs, drawn(fleet, instance, 8, 2, 8), (againMs) => {
    boot(fleet, instance, againMs, booted);
  });
}

/** Pauses it, memory and all; the GPU goes on being billed. */
export function freeze(fleet: Fleet, instance: Instance, atMs: number, forMs: number): void {
  change(fleet, instance, atMs, 'frozen', { actual: 'frozen' });
  after(fleet, instance, atMs, forMs, (againMs) =>
    change(fleet, instance, againMs, 'running', { actual: 'running' }),
  );
}
