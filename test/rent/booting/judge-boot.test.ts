// The judge of boots: what is to be done, from facts alone, on both sides of each limit.
import { describe, expect, it } from 'vitest';
import {
  type BootFacts,
  DEFAULT_BOOT_POLICY,
  expectPull,
  judgeBoot,
} from '../../../src/rent/rental/booting/index.ts';

const NOW = 1_000_000_000;
const MINUTE = 60_000;

const STATUS = {
  id: 77 as BootFacts['instance']['id'],
  actualStatus: 'loading',
  intendedStatus: 'running',
  currentState: 'running',
  isInterruptible: false,
  statusMessage: null,
  uptimeMs: null,
} as const;

type Changes = Partial<Omit<BootFacts, 'instance' | 'ssh'>> & {
  readonly instance?: Partial<BootFacts['instance']>;
  readonly ssh?: Partial<BootFacts['ssh']>;
};

function judge({ instance, ssh, ...changes }: Changes = {}) {
  return judgeBoot({
    nowMs: NOW,
    instance: { ...STATUS, ...instance },
    begunAtMs: NOW - 2 * MINUTE,
    phaseSinceMs: NOW - MINUTE,
    daemonLines: [],
    containerLines: [],
    pull: { expected: expectPull({ downloadMbps: 500 }), sinceMs: NOW - MINUTE },
    key: { tries: 1, askedAtMs: NOW - MINUTE },
    reboot: {},
    ssh: { windowFromMs: NOW - MINUTE, tries: 0, nextAtMs: NOW, ...ssh },
    policy: DEFAULT_BOOT_POLICY,
    ...changes,
  });
}

const running = { actualStatus: 'running', uptimeMs: MINUTE } as const;
const tried = (outcome: NonNullable<BootFacts['ssh']['last']>['outcome'], forMs: number) => ({
  tries: 9,
  nextAtMs: NOW + 5_000,
  last: { outcome, sinceMs: NOW - forMs, atMs: NOW, message: 'it said so' },
});

describe('what the service says', () => {
  it.each([
    ['exited', 'exited'],
    ['offline', 'lost'],
  ] as const)('%s in the middle of a boot ends it at once', (actualStatus, cause) => {
    const verdict = judge({ instance: { actualStatus }, phaseSinceMs: NOW });
    expect(verdict).toMatchObject({ kind: 'failed', cause });
  });

  it('no word from the host is borne for a minute', () => {
    const at = (ms: number) => judge({ instance: { actualStatus: 'unknown' }, phaseSinceMs: NOW - ms });
    expect(at(59_999)).toMatchObject({ kind: 'waiting', phase: 'silent' });
    expect(at(60_000)).toMatchObject({ kind: 'failed', cause: 'lost' });
  });

  it('a container that ends while it restarts by our order is waited for', () => {
    const exited = { actualStatus: 'exited' } as const;
    const at = (ms: number) => judge({ instance: exited, reboot: { askedAtMs: NOW - ms } });
    expect(at(119_999)).toMatchObject({ kind: 'waiting', phase: 'rebooting' });
    expect(at(120_000)).toMatchObject({ kind: 'failed', cause: 'exited' });
  });

  it.each([
    [false, 'with others'],
    [true, 'higher bids'],
  ])('GPUs that are taken (interruptible: %s) are waited for two minutes', (isInterruptible, words) => {
    const queued = { currentState: 'stopped', isInterruptible } as const;
    const at = (ms: number) => judge({ instance: queued, phaseSinceMs: NOW - ms });
    expect(at(119_999)).toMatchObject({ kind: 'waiting', phase: 'queued' });
    expect(at(120_000)).toMatchObject({
      kind: 'failed',
      cause: 'no-gpu',
      sentence: expect.stringContaining(words),
    });
  });

  it('a contract that fell back to stopped is a failed boot, with what the daemon said last', () => {
    const verdict = judge({
      instance: { actualStatus: 'created', intendedStatus: 'stopped', currentState: 'stopped' },
      daemonLines: ['one', 'two', 'three', 'four'],
    });
    expect(verdict).toEqual({
      kind: 'failed',
      cause: 'boot-failed',
      sentence:
        'Instance 77 failed to start: the service gave the boot up; take another machine. ' +
        'The daemon\'s last words: "two", "three", "four"',
    });
  });

  it('words that a boot may survive explain only one that has failed', () => {
    const daemonLines = ['OCI runtime create failed: nvidia-container-cli: initialization error'];
    expect(judge({ daemonLines })).toMatchObject({ kind: 'waiting' });
    const instance = { intendedStatus: 'stopped', currentState: 'stopped' } as const;
    expect(judge({ daemonLines, instance })).toMatchObject({ kind: 'failed', cause: 'container-start' });
  });
});

describe('the words of the daemon', () => {
  it.each([
    ['toomanyrequests: You have reached your pull rate limit.', 'pull-limit'],
    ['Error response from daemon: manifest for a/b:c not found: manifest unknown', 'no-manifest'],
    ["pull access denied for a/b, repository does not exist or may require 'docker login'", 'unauthorised'],
    ['unauthorized: authentication required', 'unauthorised'],
    ['failed to register layer: write /x: no space left on device', 'no-space'],
    ['Bind for 0.0.0.0:40001 failed: port is already allocated', 'port-bind'],
  ])('%j ends a boot at once, in the log and in the status message', (line, cause) => {
    expect(judge({ daemonLines: ['latest: Pulling from a/b', line] })).toMatchObject({
      kind: 'failed',
      cause,
    });
    expect(judge({ instance: { statusMessage: `${line}\n` } })).toMatchObject({ kind: 'failed', cause });
  });

  it.each([
    'a1b2c3d4e5f6: Downloading [=>   ]  1MB/20MB',
    'latest: Pulling from a/b',
    'Status: Downloaded newer image for a/b:latest',
  ])('a pull that goes on after them (%j) has got over them', (line) => {
    const daemonLines = ['toomanyrequests: You have reached your pull rate limit.', line];
    expect(judge({ daemonLines })).toMatchObject({ kind: 'waiting' });
    expect(judge({ daemonLines: daemonLines.toReversed() })).toMatchObject({ kind: 'failed' });
  });

  it('mean nothing any more once it runs', () => {
    const daemonLines = ['toomanyrequests: You have reached your pull rate limit.'];
    expect(judge({ daemonLines, instance: running })).toEqual({ kind: 'try-ssh' });
  });
});

describe('time', () => {
  it('is over after half an hour, and not before', () => {
    const at = (ms: number) => judge({ begunAtMs: NOW - ms });
    expect(at(30 * MINUTE - 1)).toMatchObject({ kind: 'waiting' });
    expect(at(30 * MINUTE)).toMatchObject({ kind: 'failed', cause: 'timeout' });
    const soon = { ...DEFAULT_BOOT_POLICY, hardCapMs: MINUTE };
    expect(judge({ begunAtMs: NOW - MINUTE, policy: soon })).toMatchObject({ cause: 'timeout' });
  });

  it('is over in the words of SSH for what runs and was tried, and never for what was not', () => {
    const late = { instance: running, begunAtMs: NOW - 31 * MINUTE };
    expect(judge(late)).toEqual({ kind: 'try-ssh' });
    const at = (ms: number) =>
      judge({ ...late, ssh: { ...tried('refused', 10_000), windowFromMs: NOW - ms } });
    expect(at(59_999)).toMatchObject({ kind: 'waiting' });
    expect(at(60_000)).toMatchObject({
      kind: 'failed',
      cause: 'ssh',
      sentence: expect.stringMatching(/^Error connecting via SSH: instance 77 runs and was not entered/),
    });
  });

  it('is given to a slow pull as long as it may end in time, and to none that surely cannot', () => {
    const mark = (atMs: number, share: number) => ({
      atMs,
      progress: {
        layers: 2,
        unsized: 0,
        totalBytes: 1e9,
        downloadedBytes: share * 1e9,
        extractedBytes: share * 1e9,
        isDone: false,
      },
    });
    const sinceMs = NOW - 6 * MINUTE;
    const at = (share: number, firstMs = NOW - 4 * MINUTE) =>
      judge({
        begunAtMs: sinceMs,
        phaseSinceMs: sinceMs,
        pull: {
          expected: expectPull({}),
          sinceMs,
          first: mark(firstMs, 0.001),
          last: mark(NOW, share),
        },
      });
    // 24 minutes are left; at three times the speed of the last four 6 % would become a whole in 21, 5 % in 26.
    expect(at(0.06)).toMatchObject({ kind: 'waiting', phase: 'pulling' });
    expect(at(0.05)).toMatchObject({
      kind: 'failed',
      cause: 'too-slow',
      sentence: expect.stringContaining('after 1m only 5 % of the image is there'.replace('1m', '6m')),
    });
    expect(at(0.01, NOW - 2 * MINUTE)).toMatchObject({ kind: 'waiting' });
  });
});

describe('an instance that runs', () => {
  it('gets the key before it is entered', () => {
    expect(judge({ instance: running, key: { tries: 0 } })).toEqual({ kind: 'attach-key' });
    expect(judge({ instance: running })).toEqual({ kind: 'try-ssh' });
    expect(judge({ instance: running, ssh: { nextAtMs: NOW + 1 } })).toMatchObject({
      kind: 'waiting',
      phase: 'connecting',
    });
  });

  it('is rebooted after 75 s without a handshake, once', () => {
    const at = (ms: number, reboot: BootFacts['reboot'] = {}) =>
      judge({ instance: running, ssh: tried('no-handshake', ms), reboot });
    expect(at(74_999)).toMatchObject({ kind: 'waiting' });
    expect(at(75_000)).toMatchObject({ kind: 'reboot', reason: expect.stringContaining('1m 15s') });
    expect(at(200_000, { askedAtMs: NOW - 90_000, doneAtMs: NOW - 89_000 })).toMatchObject({
      kind: 'waiting',
    });
  });

  it('is not rebooted while nothing listens, unless its log says that port forwarding failed', () => {
    const ssh = tried('refused', 120_000);
    expect(judge({ instance: running, ssh })).toMatchObject({ kind: 'waiting' });
    const containerLines = ['Error: remote port forwarding failed for listen port 12345'];
    expect(judge({ instance: running, ssh, containerLines })).toMatchObject({ kind: 'reboot' });
    const refused = tried('key-refused', 120_000);
    expect(judge({ instance: running, ssh: refused, containerLines })).not.toMatchObject({ kind: 'reboot' });
  });

  it('has an order to reboot sent again only when it may have been lost with its sender', () => {
    const at = (askedAgoMs: number, uptimeMs: number) =>
      judge({
        instance: { ...running, uptimeMs },
        ssh: tried('no-handshake', 80_000),
        reboot: { askedAtMs: NOW - askedAgoMs },
      });
    expect(at(59_999, 10 * MINUTE)).toMatchObject({ kind: 'waiting' });
    expect(at(60_000, 10 * MINUTE)).toMatchObject({ kind: 'reboot', reason: 'the order to reboot was lost' });
    expect(at(60_000, 50_000)).toMatchObject({ kind: 'waiting' });
  });

  it.each([
    [1, 15_000],
    [2, 30_000],
    [3, 60_000],
    [4, 120_000],
    [9, 120_000],
  ])('that refuses a key attached %i times gets it again after %i ms', (tries, waitMs) => {
    const at = (ms: number) =>
      judge({
        instance: running,
        ssh: tried('key-refused', 100_000),
        key: { tries, askedAtMs: NOW - ms },
      });
    expect(at(waitMs - 1)).toMatchObject({ kind: 'waiting' });
    expect(at(waitMs)).toEqual({ kind: 'attach-key' });
  });

  it('that refuses the key for the first minute does nothing unusual', () => {
    const at = (ms: number) =>
      judge({ instance: running, key: { tries: 1, askedAtMs: NOW }, ssh: tried('key-refused', ms) });
    expect(at(59_999)).toMatchObject({ sentence: expect.stringContaining('usual in the first minute') });
    expect(at(60_000)).toMatchObject({ sentence: expect.stringContaining('try 9 to enter it: it said so') });
  });

  it('with another host key than the pinned one is never entered, and shown', () => {
    for (const begunAtMs of [NOW - 2 * MINUTE, NOW - 40 * MINUTE]) {
      const ssh = tried('key-changed', 0);
      expect(judge({ instance: running, key: { tries: 0 }, ssh, begunAtMs })).toEqual({
        kind: 'failed',
        cause: 'host-key-changed',
        sentence: 'Error connecting via SSH: it said so',
      });
    }
  });

  it('is given up five minutes after it began to run', () => {
    const at = (ms: number) =>
      judge({
        instance: running,
        key: { tries: 1, askedAtMs: NOW },
        ssh: { ...tried('broken', 10_000), windowFromMs: NOW - ms },
      });
    expect(at(5 * MINUTE - 1)).toMatchObject({ kind: 'waiting' });
    expect(at(5 * MINUTE)).toMatchObject({ kind: 'failed', cause: 'ssh' });
  });
});
