// Telegram: a bot that writes to a chat (core.telegram.org/bots/api#sendmessage).
import { Secret } from '../../base/std/index.ts';
import { type HttpChannel, JSON_TYPE, rateOf } from './channel.ts';
import { messageText } from './message.ts';
import type { OptionsOf } from './options.ts';
import { units } from './plain-text.ts';

/** 4,096 UTF-16 units after the markup is taken out; some are left for line ends and the sign of the severity. */
const LIMITS = { title: 250, rest: 3_700, measure: units } as const;

/** At most 20 a minute to a group, and one a second to a chat with short bursts allowed. */
const RATE = { burst: 5, perMinute: 15 } as const;

const SIGN = { info: 'ℹ️', warning: '⚠️', critical: '🚨' } as const;

export function telegramChannel(name: string, options: OptionsOf<'telegram'>): HttpChannel {
  const { token, chatId } = options;
  return {
    kind: 'http',
    name,
    type: 'telegram',
    host: new URL(options.server).host,
    options,
    rate: rateOf(options.perMinute, RATE),
    secrets: [token],
    format(message) {
      const { severity, title, body, actions } = messageText(message, LIMITS);
      const lines = [
        `${SIGN[severity]} <b>${escapeHtml(title)}</b>`,
        escapeHtml(body),
        ...actions.map(({ what, command }) => `${escapeHtml(what)}: <code>${escapeHtml(command)}</code>`),
      ];
      return {
        url: new Secret(`${options.server.replace(/\/+$/, '')}/bot${token.reveal()}/sendMessage`),
        headers: { 'content-type': JSON_TYPE },
        body: JSON.stringify({
          chat_id: chatId,
          text: lines.filter((line) => line !== '').join('\n'),
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
          disable_notification: severity === 'info',
        }),
      };
    },
    isAccepted: ({ text }) => /"ok"\s*:\s*true/.test(text),
    retryAfterMs({ text }) {
      const seconds = /"retry_after"\s*:\s*(\d+)/.exec(text)?.[1];
      return seconds === undefined ? undefined : Number(seconds) * 1_000;
    },
    isAddressFault: ({ text }) => /chat|peer|user|group|channel/i.test(text),
  };
}

/** The three signs that Telegram's HTML gives a meaning. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
