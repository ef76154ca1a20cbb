// vastdeck.yaml: read as a whole from the home, all faults at once with their lines, and no secret in what is said.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/front/cli/config.ts';
import { readNotifyOptions } from '../../../src/front/cli/notify-settings.ts';
import {
  groupFor,
  logFor,
  readVastdeckYaml,
  thresholdsFor,
  vastdeckYamlJsonSchema,
} from '../../../src/front/cli/vastdeck-yaml/index.ts';
import { isOfPattern } from '../../../src/front/cli/vastdeck-yaml/name-pattern.ts';
import { ALERT_KINDS } from '../../../src/net/notify/index.ts';
import { HEALTH_LIMITS, LOSS_LIMITS } from '../../../src/rent/training/index.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
const path = join(folder.path, 'vastdeck.yaml');
beforeEach(() => rmSync(path, { force: true }));
afterAll(() => folder.remove());

const env = { HOME: folder.path, VASTDECK_HOME: folder.path };

function read(text?: string, over: Readonly<Record<string, string>> = {}) {
  if (text !== undefined) writeFileSync(path, text, { mode: 0o600 });
  return readVastdeckYaml(readConfig({ env: { ...env, ...over }, cwd: '/' }));
}

/** `line:column: sentence` of each fault. */
function faultsOf(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    const { name, message } = error as Error;
    expect(name).toBe('UsageError');
    return message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace(`${path}:`, ''));
  }
}

const FULL = `
notify:
  channels:
    phone: { type: ntfy, topic: hidden-topic }
    mail:
      type: email
      host: smtp.example.com
      user: me
      passwordEnv: MAIL_PASSWORD
      from: me@example.com
      to: [you@example.com, them@example.com]
training:
  metrics:
    - { name: acc, pattern: 'acc=([0-9.]+)', good: up }
  templates: { mine: 'it {step} of {total_steps}: {loss}' }
  health: { hungAfter: 7m, slowFactor: 2 }
  loss: { zMax: 4 }
logs:
  - { match: [a-*, b-?], file: out/train.log }
  - { group: sweeps, glob: '/data/*/log.txt' }
groups:
  - { match: lr-*, group: sweeps }
thresholds:
  - { match: '*', health: { gpuLowPercent: 5 } }
  - { group: sweeps, health: { hungAfter: 30m }, loss: { readings: 9 } }
heartbeat_url: https://hc.example.com/hidden-id
daemon: { port: 4800, listen: 127.0.0.1 }
`;

describe('vastdeck.yaml', () => {
  it('that is not there, is empty, or has empty sections, sets nothing', () => {
    const none = read();
    expect(none).toMatchObject({ isPresent: false, path, logs: [], groups: [], thresholds: [] });
    expect(none.notify).toEqual({ channels: {}, repeat: {} });
    expect(none.training).toEqual({ metrics: [], templates: [], health: HEALTH_LIMITS, loss: LOSS_LIMITS });
    expect(none.daemon).toEqual({ port: undefined, listen: undefined });
    for (const text of ['', '# nothing\n', 'notify:\ntraining:\nlogs:\ndaemon:\n']) {
      expect(read(text)).toEqual({ ...none, isPresent: true });
    }
  });

  it('is read whole, with the limits of training over their defaults', () => {
    const yaml = read(FULL);
    expect(Object.keys(yaml.notify.channels)).toEqual(['phone', 'mail']);
    expect(yaml.training.health).toEqual({ ...HEALTH_LIMITS, hungAfterMs: 420_000, slowFactor: 2 });
    expect(yaml.training.loss).toEqual({ ...LOSS_LIMITS, zMax: 4 });
    expect(yaml.training.metrics).toMatchObject([{ name: 'acc', good: 'up' }]);
    expect(yaml.heartbeatUrl?.reveal()).toBe('https://hc.example.com/hidden-id');
    expect(yaml.daemon).toEqual({ port: 4800, listen: '127.0.0.1' });
    expect(JSON.stringify(yaml) + inspect(yaml, { depth: 9 })).not.toContain('hidden');
  });

  it('gives the notify part to whoever only wants that, with passwords out of variables', () => {
    const mailOf = (over: Record<string, string>) => {
      read(FULL);
      return readNotifyOptions(readConfig({ env: { ...env, ...over }, cwd: '/' })).channels.mail;
    };
    const set = mailOf({ MAIL_PASSWORD: 'hidden' });
    expect(set?.type === 'email' && set.password?.reveal()).toBe('hidden');
    expect(inspect(set, { depth: 9 })).not.toContain('hidden');
    // Told by the channel once it is used: most commands send nothing.
    const unset = mailOf({});
    expect(unset?.type === 'email' && unset.password).toBeUndefined();
  });

  it('tells all its faults at once, each with its line and what to write', () => {
    expect(
      faultsOf(
        [
          'notify:',
          '  channels:',
          '    phone: { type: ntfy, topic: t, minSeverity: grave }',
          '    fax: { type: fax }',
          '    "no spaces": { type: desktop }',
          '  repeat: { parked: often }',
          'training:',
          "  metrics: [{ name: acc, pattern: 'acc=(\\d+' }]",
          '  health: { hungAfter: soon, gpuLowPercent: 101 }',
          '  templates: { mine: [1] }',
          'logs:',
          '  - match: a*',
          '  - { file: x }',
          'thresholds: [{ health: {} }]',
          'groups: {}',
          'heartbeat: https://x.example',
          'daemon: { port: 65536 }',
        ].join('\n'),
      ),
    ).toEqual([
      '3:36: notify.channels.phone.minSeverity must be one of info, warning, critical',
      '4:12: notify.channels.fax.type must be one of ntfy, telegram, slack, webhook, email, desktop',
      '5:5: "no spaces" in notify.channels must be up to 32 letters and digits',
      '6:13: notify.repeat.parked must be a duration like 15m or 1d',
      expect.stringMatching(/^8:35: training\.metrics\[0\]\.pattern is .*has a \( without its \)$/),
      '9:24: training.health.hungAfter is "soon"; it must be a duration like 5m or 1h',
      '9:45: training.health.gpuLowPercent is 101; it must be at most 100',
      '10:16: training.templates.mine must be a text',
      '12:5: logs[0] must have either a file or a glob',
      '13:5: logs[1] must have match or group, or both',
      '14:14: thresholds[0] must have match or group, or both',
      '15:1: groups must be a list',
      expect.stringMatching(
        /^16:1: "heartbeat" is not known in vastdeck\.yaml; did you mean heartbeat_url\?/,
      ),
      '17:17: daemon.port is 65536; it must be at most 65535',
    ]);
  });

  it('knows which fields the channel has that is meant', () => {
    const [fault] = faultsOf('notify: { channels: { x: { type: desktop, programm: a } } }');
    expect(fault).toMatch(
      /"programm" is not known in notify\.channels\.x; did you mean program\? \(known are type, program,/,
    );
  });

  it('repeats no value of notify and of the heartbeat in a fault', () => {
    const text = [
      'notify: { channels: { a: { type: telegram, token: leak1 leak1, chatId: leak2 leak2 },',
      '  b: { type: email, host: leak3 leak3, from: leak4, to: leak5, user: leak6, password: [leak7] } } }',
      'heartbeat_url: ftp://leak8.example/leak9',
    ].join('\n');
    const faults = faultsOf(text);
    expect(faults.length).toBeGreaterThanOrEqual(7);
    expect(faults.join('\n')).not.toContain('leak');
  });

  it('that is no YAML says where', () => {
    expect(faultsOf('notify: {\n  a: [1')[0]).toMatch(/^\d+:\d+: this is no YAML: /);
    expect(faultsOf('a: &a [*a]\nb: *nothing')[0]).toMatch(/anchors cannot be followed|no YAML/);
    expect(faultsOf('daemon: {}\ndaemon: {}')[0]).toMatch(/^2:1: this is no YAML: Map keys must be unique/);
    expect(faultsOf('- a\n- b')).toEqual(['1:1: vastdeck.yaml must be a section of keys and values']);
    expect(faultsOf('a\u0000b')).toHaveLength(1);
  });

  it('that is a folder is told with its path', () => {
    mkdirSync(path);
    try {
      expect(() => read()).toThrow(/vastdeck\.yaml cannot be read \(EISDIR/);
    } finally {
      rmSync(path, { recursive: true });
    }
  });
});

describe.skipIf(process.platform === 'win32')('a password in clear', () => {
  const text = [
    'notify:',
    '  channels:',
    '    mail: { type: email, host: localhost, tls: none, from: a@b.c, to: d@e.f, user: me, password: hidden }',
  ].join('\n');

  it('is refused where others may read the file, with the line and the remedy, and taken at 0600', () => {
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    const mail = read().notify.channels.mail;
    expect(mail?.type === 'email' && mail.password?.reveal()).toBe('hidden');
    for (const mode of [0o640, 0o604, 0o644]) {
      chmodSync(path, mode);
      expect(() => read()).toThrow(
        /:3:\d+: notify\.channels\.mail\.password stands here in clear.* chmod 600/,
      );
    }
  });

  it('is no fault of a file without one, whoever reads it', () => {
    writeFileSync(path, FULL);
    chmodSync(path, 0o644);
    expect(read().isPresent).toBe(true);
  });
});

describe('of a run, vastdeck.yaml says', () => {
  it('the group by the first rule that one of its names matches', () => {
    const yaml = read('groups: [{ match: lr-*, group: a }, { match: [lr-1, "7"], group: b }]');
    expect(groupFor(yaml, { names: [undefined, 'lr-1'] })).toBe('a');
    expect(groupFor(yaml, { names: ['x', null, '7'] })).toBe('b');
    expect(groupFor(yaml, { names: ['', 'LR-1'] })).toBeUndefined();
  });

  it('the log by name or group, the first rule first', () => {
    const yaml = read(FULL);
    expect(logFor(yaml, { names: ['a-1'] })).toEqual({ kind: 'file', path: 'out/train.log' });
    expect(logFor(yaml, { names: ['b-1'] })).toEqual({ kind: 'file', path: 'out/train.log' });
    expect(logFor(yaml, { names: ['b-12'] })).toBeUndefined();
    const glob = { kind: 'glob', path: '/data/*/log.txt' };
    expect(logFor(yaml, { names: ['lr-1'] })).toEqual(glob);
    expect(logFor(yaml, { names: ['other'], group: 'sweeps' })).toEqual(glob);
    // A job's own group goes before what the file would put it into.
    expect(logFor(yaml, { names: ['lr-1'], group: 'mine' })).toBeUndefined();
  });

  it('the limits: those of training, then each rule that matches, the later over the earlier', () => {
    const yaml = read(FULL);
    expect(thresholdsFor(yaml, { names: ['x'] })).toEqual({
      health: { ...HEALTH_LIMITS, hungAfterMs: 420_000, slowFactor: 2, gpuLowPercent: 5 },
      loss: { ...LOSS_LIMITS, zMax: 4 },
    });
    const sweep = thresholdsFor(yaml, { names: ['lr-1'] });
    expect(sweep.health).toMatchObject({ hungAfterMs: 1_800_000, gpuLowPercent: 5, slowFactor: 2 });
    expect(sweep.loss).toEqual({ ...LOSS_LIMITS, zMax: 4, readings: 9 });
  });
});

describe('a pattern of names', () => {
  it.each([
    ['lr-1', 'lr-*', true],
    ['lr-', 'lr-*', true],
    ['lr', 'lr-*', false],
    ['xlr-1', 'lr-*', false],
    ['abcabd', '*abd', true],
    ['abc', 'a?c', true],
    ['ac', 'a?c', false],
    ['', '*', true],
    ['a.b', 'a.b', true],
    ['axb', 'a.b', false],
    ['a/b/c', 'a*c', true],
  ])('"%s" is of "%s": %s', (name, pattern, expected) => {
    expect(isOfPattern(name, pattern)).toBe(expected);
  });

  it('of many stars takes no time that grows with their number', () => {
    expect(isOfPattern('a'.repeat(5_000), `${'*a'.repeat(200)}*b`)).toBe(false);
  });
});

describe('the JSON Schema of vastdeck.yaml', () => {
  it('that is shipped is the one the reader judges by', () => {
    const shipped = new URL('../../../docs/reference/vastdeck-yaml.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(shipped, 'utf8'))).toEqual(vastdeckYamlJsonSchema());
  });
});

describe('the guide', () => {
  const guide = readFileSync(new URL('../../../docs/guide/settings.md', import.meta.url), 'utf8');

  it('shows a file that is without fault and uses every section', () => {
    const [, text = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
    const yaml = read(text);
    expect(Object.values(yaml.notify.channels).map(({ type }) => type)).toEqual(['ntfy', 'email', 'desktop']);
    for (const section of Object.keys(vastdeckYamlJsonSchema().properties as object)) {
      expect(text, section).toMatch(new RegExp(`^${section}:`, 'm'));
    }
  });

  it('names every kind of alert', () => {
    for (const kind of ALERT_KINDS.filter((each) => each !== 'test')) expect(guide).toContain(`\`${kind}\``);
  });
});

describe('config show', () => {
  it('lists what the file sets, with its lines and without its secrets', async () => {
    writeFileSync(path, FULL, { mode: 0o600 });
    const { code, out } = await vastdeck(['config', 'show'], { env });
    expect(code).toBe(0);
    const lines = out.split('\n').map((line) => line.split('\t'));
    const of = (name: string) => lines.find(([first]) => first === name)?.slice(1);
    expect(of('notify.channels.phone.topic')).toEqual(['****', `${path}:4`]);
    expect(of('notify.channels.mail.to')).toEqual(['you@example.com, them@example.com', `${path}:11`]);
    expect(of('training.health.hungAfter')).toEqual(['7m', `${path}:16`]);
    expect(of('thresholds.1.loss.readings')).toEqual(['9', `${path}:25`]);
    expect(of('heartbeat_url')).toEqual(['https://hc.example.com/****', `${path}:26`]);
    expect(of('daemon.port')).toEqual(['4800', `${path}:27`]);
    expect(out).not.toContain('hidden');
  });

  it('of a faulty file shows what it can, then tells all faults', async () => {
    writeFileSync(path, 'daemon: { port: -1 }\nheartbeatUrl: https://hc.example.com/hidden-id\n');
    const { code, out, err } = await vastdeck(['config', 'show'], { env });
    expect(code).toBe(2);
    expect(out).toContain(`daemon.port\t-1\t${path}:1`);
    expect(out + err).not.toContain('hidden-id');
    expect(err).toMatch(
      /:1:17: daemon\.port is -1; it must be at least 0\n.*:2:1: "heartbeatUrl" is not known/,
    );
  });

  it('says that a file in the folder where one stands is not read', async () => {
    const beside = temporaryFolder();
    try {
      writeFileSync(join(beside.path, 'vastdeck.yaml'), 'daemon: { port: 1 }');
      const { out, err, code } = await vastdeck(['config', 'show'], { env, cwd: beside.path });
      expect(code).toBe(0);
      expect(out).not.toContain('daemon.port');
      expect(err).toContain(`${beside.path}/vastdeck.yaml is not read`);
    } finally {
      beside.remove();
    }
  });
});
