// Mail, against a real SMTP server on loopback: what arrives, how it is encrypted, and every way of being refused.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeIdentity } from '../../support/certificate.ts';
import { SILENCE, type SmtpOptions, startSmtp } from '../../support/smtp.ts';
import { anAlert, notifyWorld } from './notify-world.ts';

const PASSWORD = 'a-pass word+ü';
const LOGIN = { user: 'me', password: PASSWORD };
const identity = makeIdentity();
const folder = mkdtempSync(join(tmpdir(), 'vastdeck-mail-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function world(server: SmtpOptions = {}, over: object = {}) {
  const smtp = await startSmtp(server);
  const mail = {
    type: 'email',
    host: '127.0.0.1',
    port: smtp.port,
    tls: 'none',
    from: 'deck@example.com',
    to: ['a@example.com', 'b@example.com'],
    ...over,
  };
  return { smtp, ...(await notifyWorld('sqlite', { mail })) };
}

/** What one alert comes to. */
async function told(server: SmtpOptions = {}, over: object = {}) {
  const made = await world(server, over);
  await made.outbox.enqueue(anAlert());
  const report = await made.outbox.deliver();
  const [status] = await made.outbox.listChannels();
  const shown = JSON.stringify([status, await made.events(), made.log]);
  return { ...made, report, status, shown };
}

describe('a mail', () => {
  it('arrives with subject, text and commands, from and to whom it was set', async () => {
    const { smtp, report } = await told();
    expect(report).toMatchObject({ sent: 1, failed: 0 });
    const [mail] = smtp.mails;
    expect(mail).toMatchObject({ from: 'deck@example.com', to: ['a@example.com', 'b@example.com'] });
    expect(mail?.text).toContain('Subject: Warning: box does not answer\n');
    expect(mail?.text).toContain('It was reachable before.\n\nsee why:\n    vd why box\n');
    expect(mail?.text).toContain('Auto-Submitted: auto-generated\n');
    expect(mail?.text).toMatch(/^Message-ID: <alert_\w+@example\.com>$/m);
    expect(mail?.text).toContain('Date: Thu, 01 Jan 2026 00:00:00 +0000\n');
    await smtp.idle();
  });

  it('has no header of a stranger’s, whatever the name of his machine is', async () => {
    const { smtp, outbox } = await world();
    const title = 'box\r\nBcc: thief@example.com\r\n\r\nand more';
    await outbox.enqueue(anAlert({ title, body: 'a\r\n.\r\nMAIL FROM:<x@y>\r\nünï' }));
    expect((await outbox.deliver()).sent).toBe(1);
    const text = smtp.mails[0]?.text ?? '';
    const headers = text.slice(0, text.indexOf('\n\n'));
    expect(headers).not.toMatch(/^bcc:/im);
    expect(headers).toContain('Subject: Warning: box Bcc: thief@example.com and more');
    expect(smtp.mails).toHaveLength(1);
    expect(smtp.commands.filter((word) => word === 'MAIL')).toHaveLength(1);
  });

  it('of a burst is one of few: what is more comes as a summary', async () => {
    const { smtp, outbox, clock } = await world();
    for (let n = 0; n < 40; n += 1)
      await outbox.enqueue(anAlert({ key: `k${n}`, title: `box ${n} is away` }));
    for (let n = 0; n < 4; n += 1) {
      await outbox.deliver();
      clock.jump(60_000);
    }
    expect(smtp.mails.length).toBe(3);
    expect(smtp.mails.at(-1)?.text).toContain('and 37 more');
  });

  it('is the same message when it is sent again, since nobody knows whether it was taken', async () => {
    const { smtp, outbox, clock } = await world({ answers: { '.': '451 4.3.0 later' } });
    await outbox.enqueue(anAlert());
    expect(await outbox.deliver()).toMatchObject({ sent: 0, failed: 1 });
    smtp.answer({});
    clock.jump(3_600_000);
    expect((await outbox.deliver()).sent).toBe(1);
    expect(smtp.offered).toHaveLength(2);
    const idOf = (n: number) => /^Message-ID: (.*)$/m.exec(smtp.offered[n]?.text ?? '')?.[1];
    expect(idOf(0)).toBeDefined();
    expect(idOf(0)).toBe(idOf(1));
  });
});

describe('logging in', () => {
  it('is with user and password, which is shown nowhere', async () => {
    const right = await told({ login: LOGIN }, { user: 'me', password: PASSWORD });
    expect(right.smtp.mails[0]?.user).toBe('me');
    const base64 = Buffer.from(PASSWORD).toString('base64');
    const answers = { AUTH: `535 5.7.8 "${PASSWORD}" ${base64} is wrong` };
    const wrong = await told({ login: LOGIN, answers }, { user: 'me', password: PASSWORD });
    expect(wrong.report).toMatchObject({ sent: 0, failed: 1 });
    expect(wrong.status).toMatchObject({ health: 'refused', waiting: 1 });
    expect(wrong.status?.reason).toBe('127.0.0.1 answered 535 5.7.8 "****" **** is wrong');
    expect(wrong.shown).not.toContain(PASSWORD);
    expect(wrong.shown).not.toContain(base64);
  });

  it('takes the first line of a file that is its owner’s alone', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, `${PASSWORD}\nsecond line\n`, { mode: 0o600 });
    const over = { user: 'me', passwordFile };
    expect((await told({ login: LOGIN }, over)).report.sent).toBe(1);
    chmodSync(passwordFile, 0o640);
    const open = await told({ login: LOGIN }, over);
    expect(open.status).toMatchObject({ health: 'refused', reason: expect.stringContaining('chmod 600') });
    expect(open.smtp.commands).toEqual([]);
    writeFileSync(passwordFile, '');
    chmodSync(passwordFile, 0o600);
    expect((await told({ login: LOGIN }, over)).status?.reason).toContain('is empty');
    rmSync(passwordFile);
    expect((await told({ login: LOGIN }, over)).status?.reason).toContain('ENOENT');
  });

  it('by a variable that is not set is told before anything is tried', async () => {
    const { outbox, smtp } = await world({ login: LOGIN }, { user: 'me', passwordEnv: 'NOT_SET_ANYWHERE' });
    const [status] = await outbox.listChannels();
    expect(status).toMatchObject({
      health: 'refused',
      reason: expect.stringContaining('NOT_SET_ANYWHERE is not set'),
    });
    expect(smtp.commands).toEqual([]);
  });
});

describe('a server that', () => {
  const cases: readonly [what: string, answers: Readonly<Record<string, string>>, health: string][] = [
    ['greets with 421', { GREETING: '421 busy' }, 'failing'],
    ['greets with 554', { GREETING: '554 go away' }, 'refused'],
    ['puts off the sender (451)', { MAIL: '451 greylisted' }, 'failing'],
    ['refuses the sender (550)', { MAIL: '550 no such sender' }, 'refused'],
    ['puts off all recipients (450)', { RCPT: '450 mailbox busy' }, 'failing'],
    ['refuses all recipients (550)', { RCPT: '550 nobody here' }, 'refused'],
    ['puts off the data (452)', { DATA: '452 disk full' }, 'failing'],
    ['puts off logging in (454)', { AUTH: '454 try later' }, 'failing'],
    ['puts off the mail after its end (452)', { '.': '452 disk full' }, 'failing'],
  ];
  it.each(cases)('%s keeps the alert waiting and is told by its answer', async (_what, answers, health) => {
    const isAboutLogin = 'AUTH' in answers;
    const { outbox, clock, events, smtp } = await world(
      { answers, ...(isAboutLogin ? { login: LOGIN } : {}) },
      isAboutLogin ? { user: 'me', password: PASSWORD } : {},
    );
    await outbox.enqueue(anAlert());
    // What may pass is said after three failures, what will not at once.
    for (let n = 0; n < (health === 'failing' ? 3 : 1); n += 1) {
      expect(await outbox.deliver()).toMatchObject({ sent: 0, failed: 1 });
      clock.jump(3_600_000);
    }
    const [status] = await outbox.listChannels();
    expect(status).toMatchObject({ health, waiting: 1 });
    expect(status?.reason).toContain(`127.0.0.1 answered ${Object.values(answers)[0]}`);
    expect(await events('notify-channel')).toHaveLength(1);
    smtp.answer({});
    expect(await outbox.deliver()).toMatchObject({ sent: 1, failed: 0 });
  });

  it('refuses this very mail (554) gets no further try of it, and the next one', async () => {
    const { outbox, smtp, clock, events } = await world({ answers: { '.': '554 5.7.1 spam' } });
    await outbox.enqueue(anAlert());
    expect(await outbox.deliver()).toMatchObject({ failed: 1 });
    expect((await events('alert')).at(-1)).toMatchObject({
      status: 'undelivered',
      reason: expect.stringContaining('554 5.7.1 spam'),
    });
    smtp.answer({});
    clock.jump(60_000);
    await outbox.enqueue(anAlert({ key: 'another' }));
    expect(await outbox.deliver()).toMatchObject({ sent: 1, failed: 0 });
    expect(smtp.mails).toHaveLength(1);
  });

  it.each([
    ['GREETING'],
    ['EHLO'],
    ['MAIL'],
    ['RCPT'],
    ['DATA'],
    ['.'],
  ])('says nothing at %s is left after the channel’s time, and the connection with it', async (word) => {
    const { outbox, smtp, clock } = await world({ answers: { [word]: SILENCE } });
    await outbox.enqueue(anAlert());
    const delivering = outbox.deliver();
    await smtp.came(word);
    await clock.step(44_999);
    expect(smtp.isOpen).toBe(true);
    await clock.step(1);
    expect(await delivering).toMatchObject({ sent: 0, failed: 1 });
    await smtp.idle();
    expect(smtp.mails).toEqual([]);
  });

  it('is not there keeps the alert waiting', async () => {
    const { report, status } = await told({}, { port: 1 });
    expect(report).toMatchObject({ sent: 0, failed: 1 });
    expect(status?.waiting).toBe(1);
  });
});

describe.skipIf(identity === undefined)('encryption', () => {
  const caFile = join(folder, 'ca.pem');
  const tlsServer: SmtpOptions = identity ? { identity, login: LOGIN } : {};
  const over = { user: 'me', password: PASSWORD, caFile };
  writeFileSync(caFile, identity?.cert ?? '');

  it('is there before the password is sent, by STARTTLS and from the first byte', async () => {
    const started = await told(tlsServer, { ...over, tls: 'starttls' });
    expect(started.smtp.mails).toMatchObject([{ isEncrypted: true, user: 'me' }]);
    expect(started.smtp.commands.slice(0, 5)).toEqual(['GREETING', 'EHLO', 'STARTTLS', 'EHLO', 'AUTH']);
    const implicit = await told({ ...tlsServer, isImplicit: true }, { ...over, tls: 'implicit' });
    expect(implicit.smtp.mails).toMatchObject([{ isEncrypted: true, user: 'me' }]);
    expect(implicit.smtp.commands).not.toContain('STARTTLS');
  });

  it('that the server cannot do is a refusal, and neither password nor mail is sent', async () => {
    const { smtp, status } = await told({ login: LOGIN }, { ...over, tls: 'starttls' });
    expect(status).toMatchObject({ health: 'refused', waiting: 1 });
    expect(smtp.commands).not.toContain('AUTH');
    expect(smtp.mails).toEqual([]);
  });

  it('with a certificate that nobody knows is a refusal, and no password is sent', async () => {
    const { caFile: _, ...unknown } = over;
    const { smtp, status } = await told(tlsServer, { ...unknown, tls: 'starttls' });
    expect(status).toMatchObject({ health: 'refused', reason: expect.stringContaining('certificate') });
    expect(smtp.commands).not.toContain('AUTH');
  });
});
