// Mail by SMTP: one connection a message, encrypted unless the server stands in the own network.
import { readFileSync, statSync } from 'node:fs';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { assert, Secret } from '../../base/std/index.ts';
import { type DirectChannel, rateOf } from './channel.ts';
import { type Message, messageText } from './message.ts';
import type { OptionsOf } from './options.ts';
import { units } from './plain-text.ts';
import { later, type SendOutcome } from './send-outcome.ts';

/** Subjects longer than this are cut by every reader of mail. */
const LIMITS = { title: 160, rest: 20_000, measure: units } as const;

/** A burst of mail is taken for spam; what is more comes as a summary. */
const RATE = { burst: 3, perMinute: 2 } as const;

/** Servers greet strangers late on purpose: 10 s would be too short for a good many. */
const TIMEOUT_MS = 45_000;

const PORT = { starttls: 587, implicit: 465, none: 25 } as const;

const SIGN = { info: '', warning: 'Warning: ', critical: 'CRITICAL: ' } as const;

export function emailChannel(name: string, options: OptionsOf<'email'>): DirectChannel {
  const { host, password } = options;
  return {
    kind: 'direct',
    name,
    type: 'email',
    host,
    options,
    rate: rateOf(options.perMinute, RATE),
    timeoutMs: TIMEOUT_MS,
    // Some servers repeat what was sent, and AUTH is base64.
    secrets: password ? [password, new Secret(Buffer.from(password.reveal()).toString('base64'))] : [],
    async send(message, signal) {
      const access = accessOf(options);
      if ('lack' in access) return later('refused', access.lack);
      try {
        await exchange(options, { access, raw: await compose(message, options), signal });
        return { kind: 'sent' };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return outcomeOf(host, error as SmtpError);
      }
    },
    findLack: async () => {
      const access = accessOf(options);
      return 'lack' in access ? access.lack : undefined;
    },
  };
}

interface Access {
  readonly password: Secret | undefined;
  /** PEM. */
  readonly authority: string | undefined;
}

/** Read anew each time: a password that was changed holds at once. */
function accessOf(options: OptionsOf<'email'>): Access | { readonly lack: string } {
  const { password, passwordEnv, passwordFile, caFile, user } = options;
  try {
    const authority = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
    if (passwordFile !== undefined) {
      // Windows has no such bits.
      const mode = process.platform === 'win32' ? 0 : statSync(passwordFile).mode & 0o077;
      if (mode !== 0)
        return {
          lack: `${passwordFile} holds a password and others may read it: run chmod 600 ${passwordFile}`,
        };
      const [line = ''] = readFileSync(passwordFile, 'utf8').split(/\r?\n/, 1);
      if (line === '') return { lack: `${passwordFile} is empty: write the password on its first line` };
      return { password: new Secret(line), authority };
    }
    if (user !== undefined && password === undefined)
      return {
        lack: `${passwordEnv} is not set where vastdeck runs: put the password into the environment or .env under that name`,
      };
    return { password, authority };
  } catch (error) {
    return {
      lack: `${(error as NodeJS.ErrnoException).path ?? 'A file'} cannot be read (${(error as Error).message})`,
    };
  }
}

function compose(message: Message, { from, to }: OptionsOf<'email'>): Promise<Buffer> {
  const { severity, title, body, actions } = messageText(message, LIMITS);
  const commands = actions.map(({ what, command }) => `${what}:\n    ${command}`);
  const domain = from.slice(from.indexOf('@') + 1);
  const composer = new MailComposer({
    from,
    to: [...to],
    subject: `${SIGN[severity]}${title}`,
    text: `${[body, ...commands].filter((part) => part !== '').join('\n\n')}\n`,
    date: new Date(message.sentAtMs),
    // The same at every try: what arrived twice is shown once.
    messageId: `<${message.eventId}@${domain}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Vastdeck-Event-Id': message.eventId },
    ...(severity === 'critical' ? { priority: 'high' as const } : {}),
  });
  return new Promise((resolve, reject) => {
    composer.compile().build((error, raw) => {
      if (error) return reject(error);
      assert(raw !== undefined, 'A composed mail has no text');
      resolve(raw);
    });
  });
}

interface Exchange {
  readonly access: Access;
  readonly raw: Buffer;
  readonly signal: AbortSignal;
}

async function exchange(options: OptionsOf<'email'>, { access, raw, signal }: Exchange): Promise<void> {
  const { host, tls, user, from, to } = options;
  const connection = new SMTPConnection({
    host,
    port: options.port ?? PORT[tls],
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: access.authority === undefined ? {} : { ca: access.authority },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    socketCloseTimeout: 0,
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  connection.on('error', failed.reject);
  const onAbort = () => failed.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const step = (run: (done: (error?: Error | null) => void) => void) =>
    Promise.race([
      failed.promise,
      new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve()))),
    ]);
  try {
    await step((done) => connection.connect(done));
    const pass = access.password?.reveal();
    if (user !== undefined && pass !== undefined)
      await step((done) => connection.login({ user, pass }, done));
    await step((done) => connection.send({ from, to: [...to] }, raw, done));
    connection.quit();
  } finally {
    signal.removeEventListener('abort', onAbort);
    connection.close();
  }
}

interface SmtpError extends NodeJS.ErrnoException {
  readonly responseCode?: number;
  readonly response?: string;
}

function outcomeOf(host: string, { code, responseCode, response, message }: SmtpError): SendOutcome {
  const reason =
    response === undefined
      ? `${host} did not take it (${[code, message].filter(Boolean).join(': ')})`
      : `${host} answered ${response}`;
  const isFinal = responseCode === undefined ? undefined : responseCode >= 500;
  switch (code) {
    case 'EMESSAGE':
      return isFinal === false ? later('failing', reason) : { kind: 'rejected', reason };
    case 'EAUTH':
      return later(isFinal === false ? 'failing' : 'refused', reason);
    case 'EENVELOPE':
      return later(isFinal === true ? 'refused' : 'failing', reason);
    default:
      // A certificate does not mend itself, nor does a server learn STARTTLS.
      return later(isFinal === true || /certificate|altname/i.test(message) ? 'refused' : 'failing', reason);
  }
}
