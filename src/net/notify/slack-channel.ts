// Slack: an incoming webhook (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
import { Secret } from '../../base/std/index.ts';
import { type HttpChannel, JSON_TYPE, rateOf } from './channel.ts';
import { messageText } from './message.ts';
import type { OptionsOf } from './options.ts';
import { units } from './plain-text.ts';

/** A header block takes 150 characters, a section 3,000; escaped signs of the commands count more than once. */
const LIMITS = { title: 140, rest: 2_900, measure: units } as const;
const SECTION_MAX = 3_000;

/** One a second with short bursts allowed. */
const RATE = { burst: 5, perMinute: 30 } as const;

const SIGN = { info: '', warning: '⚠️ ', critical: '🚨 ' } as const;

export function slackChannel(name: string, options: OptionsOf<'slack'>): HttpChannel {
  const { webhookUrl } = options;
  const { host, pathname } = new URL(webhookUrl.reveal());
  return {
    kind: 'http',
    name,
    type: 'slack',
    host,
    options,
    rate: rateOf(options.perMinute, RATE),
    // Receivers name the path alone in what they answer.
    secrets: pathname.length > 1 ? [webhookUrl, new Secret(pathname)] : [webhookUrl],
    format(message) {
      const { severity, title, body, actions } = messageText(message, LIMITS);
      const commands = actions
        .map(({ what, command }) => escapeMarkup(`# ${what}\n${command}`))
        .filter((text) => text.length < SECTION_MAX - CODE_FENCE.length * 2);
      return {
        url: webhookUrl,
        headers: { 'content-type': JSON_TYPE },
        body: JSON.stringify({
          // What the desktop notification shows; the blocks are what the channel shows.
          text: escapeMarkup(`${SIGN[severity]}${title}`),
          blocks: [
            // Plain text: nothing in a name can become bold, a link or a call to everybody.
            { type: 'header', text: { type: 'plain_text', text: `${SIGN[severity]}${title}`, emoji: false } },
            ...(body === ''
              ? []
              : [{ type: 'section', text: { type: 'plain_text', text: body, emoji: false } }]),
            ...commands.map((text) => ({
              type: 'section',
              text: { type: 'mrkdwn', text: `${CODE_FENCE}${text}${CODE_FENCE}`, verbatim: true },
            })),
          ],
        }),
      };
    },
    isAccepted: ({ text }) => text.trim() === 'ok',
    isAddressFault: ({ text }) => /user_not_found|channel|token|service/i.test(text),
  };
}

const CODE_FENCE = '```';

/** Slack's three signs as its documentation asks, and the fence, which has no escape. */
function escapeMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(CODE_FENCE, "'''");
}
