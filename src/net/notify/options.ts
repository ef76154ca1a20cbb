// What people write to be told: named channels, what each takes, and its quiet hours. All faults are reported
// together, and no fault repeats a value: it may be a token.
import { z } from 'zod';
import { parseDuration, Secret } from '../../base/std/index.ts';
import { ALERT_KINDS, SEVERITIES } from './alert.ts';
import { isTimeZone } from './local-time.ts';
import { isOwnNetwork, urlFault } from './own-network.ts';

const secret = (pattern: RegExp, shape: string) =>
  z
    .string()
    .trim()
    .regex(pattern, `must be ${shape}`)
    .transform((text) => new Secret(text));

const address = z
  .string()
  .trim()
  .superRefine((text, context) => {
    const fault = urlFault(text);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });

const minuteOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time like 22:00')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const quietHours = z
  .strictObject({
    /** Local times; `from` may be later than `to`. */
    from: minuteOfDay,
    to: minuteOfDay,
    /** Default UTC. */
    timeZone: z.string().refine(isTimeZone, 'must be UTC or a zone like Europe/Berlin').default('UTC'),
  })
  .refine(({ from, to }) => from !== to, 'must not begin and end at the same minute')
  .transform(({ from, to, timeZone }) => ({ fromMinute: from, toMinute: to, timeZone }));

const shared = {
  /** The least severity that goes to this channel; default `info`, which is all. */
  minSeverity: z.enum(SEVERITIES).default('info'),
  /** Only these kinds; default all. */
  kinds: z.array(z.enum(ALERT_KINDS)).min(1).optional(),
  /** Nothing but `critical` is sent then; the rest follows at their end. Default none. */
  quietHours: quietHours.optional(),
  /** Messages a minute in the long run; more are summarised. Default: what the service bears well. */
  perMinute: z.number().positive().max(600).optional(),
};

const ntfy = z.strictObject({
  type: z.literal('ntfy'),
  /** Default https://ntfy.sh. */
  server: address.default('https://ntfy.sh'),
  /** Whoever knows the topic reads it: it is kept like a password. */
  topic: secret(/^[-_A-Za-z0-9]{1,64}$/, '1 to 64 letters, digits, - and _'),
  token: secret(/^[\x21-\x7e]+$/, 'an access token without spaces').optional(),
  /** Added to those of the severity; default none. */
  tags: z
    .array(z.string().regex(/^[^\s,]{1,40}$/, 'must be words'))
    .max(10)
    .default([]),
  /** 1 (least) to 5; default 3 for info, 4 for warning, 5 for critical. */
  priority: z.partialRecord(z.enum(SEVERITIES), z.int().min(1).max(5)).default({}),
  ...shared,
});

const telegram = z.strictObject({
  type: z.literal('telegram'),
  /** Default https://api.telegram.org; another for a Bot API server of one's own. */
  server: address.default('https://api.telegram.org'),
  token: secret(/^\d+:[-_A-Za-z0-9]{20,}$/, 'a bot token like 123456:ABC…'),
  /** A number, or the @name of a public channel. */
  chatId: z
    .union([z.int(), z.string().trim()])
    .transform(String)
    .pipe(z.string().regex(/^(-?\d+|@\w+)$/, 'must be a number or @name')),
  ...shared,
});

const slack = z.strictObject({
  type: z.literal('slack'),
  /** The incoming webhook's URL, which is its only key. */
  webhookUrl: address.transform((text) => new Secret(text)),
  ...shared,
});

const webhook = z.strictObject({
  type: z.literal('webhook'),
  /** Kept like a password: many receivers put a key into it. */
  url: address.transform((text) => new Secret(text)),
  /** Key of the signature; at least 16 characters. */
  secret: secret(/^.{16,}$/s, 'at least 16 characters'),
  ...shared,
});

const mailbox = z
  .string()
  .trim()
  .regex(/^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/, 'must be a mail address like me@example.com');

export const MAIL_ENCRYPTIONS = ['starttls', 'implicit', 'none'] as const;

const email = z
  .strictObject({
    type: z.literal('email'),
    /** The server that takes mail for sending, by name or address. */
    host: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be the name of a server, like smtp.example.com'),
    /** Default 587; 465 with `implicit`, 25 with `none`. */
    port: z.int().min(1).max(65_535).optional(),
    /** `starttls` refuses a server that cannot; `none` goes to the own network alone. Default `starttls`. */
    tls: z.enum(MAIL_ENCRYPTIONS).default('starttls'),
    /** PEM file of an authority that the system does not know; default the system's own. */
    caFile: z.string().min(1).optional(),
    /** Default: nobody logs in. */
    user: z.string().min(1).optional(),
    /** In clear: the file must be its owner's alone. */
    password: secret(/^.+$/, 'a password on one line').optional(),
    /** The variable that holds it, of the environment or `.env`. */
    passwordEnv: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable')
      .optional(),
    /** The file whose first line it is; nobody else may read it. */
    passwordFile: z.string().min(1).optional(),
    from: mailbox,
    to: z
      .union([mailbox, z.array(mailbox).min(1).max(20)], 'must be a mail address, or a list of up to 20')
      .transform((one) => (typeof one === 'string' ? [one] : one)),
    ...shared,
  })
  .superRefine(({ tls, host, user, password, passwordEnv, passwordFile }, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const given = [password, passwordEnv, passwordFile].filter((source) => source !== undefined).length;
    if (tls === 'none' && !isOwnNetwork(host))
      fault('tls', 'must not be none: the host is not of the own network');
    if (given > 1) fault('password', 'must be given once: password, passwordEnv or passwordFile');
    if (user !== undefined && given === 0) fault('user', 'must come with passwordEnv or passwordFile');
    if (user === undefined && given > 0) fault('user', 'must stand beside the password');
  });

const desktop = z.strictObject({
  type: z.literal('desktop'),
  /** What shows it, called like `notify-send`. Default what the system has. */
  program: z.string().min(1).optional(),
  ...shared,
});

const channel = z.discriminatedUnion('type', [ntfy, telegram, slack, webhook, email, desktop]);

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch {
    // Its sentence would repeat the value.
    context.addIssue({ code: 'custom', message: 'must be a duration like 15m or 1d' });
    return z.NEVER;
  }
});

const channelName = z
  .string()
  .regex(/^[A-Za-z0-9][-_A-Za-z0-9]{0,31}$/, 'must be up to 32 letters and digits');

export const notifyOptionsSchema = z.strictObject({
  /** By a name of one's own choice. Default none: alerts are then only in the event table. */
  channels: z.record(channelName, channel).default({}),
  /** How often a kind is told again while it lasts; default `REPEAT_RULES`. */
  repeat: z.partialRecord(z.enum(ALERT_KINDS), duration).default({}),
});

export type NotifyOptions = z.output<typeof notifyOptionsSchema>;
export type ChannelOptions = NotifyOptions['channels'][string];
export type OptionsOf<Type extends ChannelOptions['type']> = Extract<ChannelOptions, { type: Type }>;

export interface NotifyFault {
  /** `channels.phone.token` */
  readonly path: string;
  readonly message: string;
}

export class NotifyOptionsError extends Error {
  override name = 'NotifyOptionsError';
  readonly faults: readonly NotifyFault[];

  constructor(faults: readonly NotifyFault[]) {
    const lines = faults.map(({ path, message }) => `notify.${path}: ${message}`);
    super(`The notify settings have ${faults.length} fault(s); mend them:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/** Throws NotifyOptionsError with every fault. */
export function parseNotifyOptions(value: unknown): NotifyOptions {
  const parsed = notifyOptionsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new NotifyOptionsError(
    parsed.error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message })),
  );
}
