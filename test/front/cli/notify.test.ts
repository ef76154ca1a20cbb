// `notify list` and `notify test` on the channels of vastdeck.yaml that are of this computer: mail and the desktop.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startSmtp } from '../../support/smtp.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const env = { HOME: folder.path, VASTDECK_HOME: folder.path };

function settings(port: number, program: string): void {
  writeFileSync(
    join(folder.path, 'vastdeck.yaml'),
    `notify:
  channels:
    desk: { type: desktop, program: ${program} }
    mail: { type: email, host: localhost, port: ${port}, tls: none, user: me, passwordEnv: MAIL_PASSWORD, from: a@example.com, to: b@example.com }
`,
  );
}

describe('vastdeck notify', () => {
  it('list says of each channel what is missing before it is ever used', async () => {
    settings(25, '/not/there');
    for (const verb of ['list', 'status']) {
      const { code, out } = await vastdeck(['notify', verb, '--json'], { env });
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject([
        {
          channel: 'desk',
          type: 'desktop',
          host: 'this machine',
          health: 'refused',
          reason: expect.stringContaining('/not/there cannot be run (ENOENT)'),
        },
        {
          channel: 'mail',
          type: 'email',
          host: 'localhost',
          health: 'refused',
          reason: expect.stringContaining('MAIL_PASSWORD is not set'),
        },
      ]);
    }
  });

  it('test sends by each, with the password out of the environment or .env, and ends with 1 where one fails', async () => {
    const smtp = await startSmtp({ login: { user: 'me', password: 'pass word' } });
    const program = join(folder.path, 'notifier');
    writeFileSync(program, '#!/bin/sh\nexit 0\n');
    chmodSync(program, 0o755);
    settings(smtp.port, program);
    const good = await vastdeck(['notify', 'test', '--json'], {
      env: { ...env, MAIL_PASSWORD: 'pass word' },
    });
    expect(JSON.parse(good.out)).toMatchObject([
      { channel: 'desk', result: 'sent' },
      { channel: 'mail', result: 'sent' },
    ]);
    expect(good.code).toBe(0);
    expect(smtp.mails).toMatchObject([{ from: 'a@example.com', to: ['b@example.com'], user: 'me' }]);
    const cwd = temporaryFolder();
    try {
      writeFileSync(join(cwd.path, '.env'), 'MAIL_PASSWORD="pass word"\n');
      expect((await vastdeck(['notify', 'test', 'mail'], { env, cwd: cwd.path })).code).toBe(0);
    } finally {
      cwd.remove();
    }
    const wrong = await vastdeck(['notify', 'test'], { env: { ...env, MAIL_PASSWORD: 'hidden-one' } });
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(/mail\tlater\tlocalhost answered 535/);
    expect(wrong.out + wrong.err).not.toContain('hidden-one');
    expect(smtp.mails).toHaveLength(2);
  });
});
