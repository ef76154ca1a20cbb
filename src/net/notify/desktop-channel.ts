// The desktop in front of which the program runs: by what each system has for it.
import { existsSync } from 'node:fs';
import type { Severity } from './alert.ts';
import { type DirectChannel, rateOf } from './channel.ts';
import { type MessageText, messageText } from './message.ts';
import type { OptionsOf } from './options.ts';
import { units } from './plain-text.ts';
import { runProgram } from './run-program.ts';
import { later } from './send-outcome.ts';

/** More is cut by every desktop. */
const LIMITS = { title: 120, rest: 600, measure: units } as const;

/** A screen full of them is read by nobody. */
const RATE = { burst: 3, perMinute: 6 } as const;

interface Notifier {
  readonly program: string;
  readonly args: readonly string[];
}

const OSASCRIPT = '/usr/bin/osascript';

export function desktopChannel(
  name: string,
  options: OptionsOf<'desktop'>,
  platform: NodeJS.Platform = process.platform,
): DirectChannel {
  const program = options.program ?? usualProgram(platform);
  return {
    kind: 'direct',
    name,
    type: 'desktop',
    host: 'this machine',
    options,
    rate: rateOf(options.perMinute, RATE),
    secrets: [],
    async send(message, signal) {
      const text = messageText(message, LIMITS);
      const notifier = notifierOf(text, { program, platform });
      const end = await runProgram(notifier.program, notifier.args, signal);
      if (end.kind === 'missing') return later('refused', missing(program, end.code));
      if (end.code === 0) return { kind: 'sent' };
      return later(
        'failing',
        `${program} ended with ${end.code ?? 'a signal'}: ${end.said.trim() || 'it said nothing'}`,
      );
    },
    async findLack(signal) {
      if (platform === 'darwin') return existsSync(program) ? undefined : missing(program, 'ENOENT');
      // PowerShell takes a second to begin, and is part of Windows.
      if (platform === 'win32') return undefined;
      const end = await runProgram(program, ['--version'], signal);
      return end.kind === 'missing' ? missing(program, end.code) : undefined;
    },
  };
}

function usualProgram(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return OSASCRIPT;
  return platform === 'win32' ? 'powershell.exe' : 'notify-send';
}

function missing(program: string, code: string): string {
  const remedy =
    program === 'notify-send'
      ? 'install libnotify (package libnotify-bin, or libnotify), or name another with program'
      : 'mend the program of this channel';
  return `${program} cannot be run (${code}): ${remedy}`;
}

/** The command that shows the text; exported for what cannot be run on the system at hand. */
export function notifierOf(
  text: MessageText,
  { program, platform }: { readonly program: string; readonly platform: NodeJS.Platform },
): Notifier {
  const { severity, title, body, actions } = text;
  const lines = [body, ...actions.map(({ what, command }) => `${what}: ${command}`)];
  const rest = lines.filter((line) => line !== '').join('\n');
  if (platform === 'darwin' && program === OSASCRIPT)
    return { program, args: [...APPLE_SCRIPT, title, rest] };
  if (platform === 'win32') return { program, args: powerShell(title, rest) };
  return {
    program,
    args: [`--urgency=${URGENCY[severity]}`, '--app-name=vastdeck', '--', title, escapeMarkup(rest)],
  };
}

const URGENCY = { info: 'low', warning: 'normal', critical: 'critical' } as const satisfies Record<
  Severity,
  string
>;

/** The body of a notification may hold markup; what is not meant as such must not become it. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The words are arguments of the script, never part of it. */
const APPLE_SCRIPT = [
  '-e',
  'on run argv',
  '-e',
  'display notification (item 2 of argv) with title "vastdeck" subtitle (item 1 of argv)',
  '-e',
  'end run',
  '--',
] as const;

/**
 * PowerShell joins its arguments to one script text, so the words go in as base64, of which nothing can be code; and the
 * whole as -EncodedCommand, which takes UTF-16.
 */
function powerShell(title: string, body: string): readonly string[] {
  const word = (text: string) =>
    `[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${Buffer.from(text, 'utf8').toString('base64')}'))`;
  const script = [
    "$ErrorActionPreference = 'Stop'",
    '[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]',
    '$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)',
    "$texts = $xml.GetElementsByTagName('text')",
    `[void]$texts.Item(0).AppendChild($xml.CreateTextNode(${word(title)}))`,
    `[void]$texts.Item(1).AppendChild($xml.CreateTextNode(${word(body)}))`,
    "$id = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'",
    '[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($id).Show([Windows.UI.Notifications.ToastNotification]::new($xml))',
  ].join('\n');
  return [
    '-NoProfile',
    '-NonInteractive',
    '-EncodedCommand',
    Buffer.from(script, 'utf16le').toString('base64'),
  ];
}
