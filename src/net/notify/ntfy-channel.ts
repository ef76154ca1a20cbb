// ntfy: push messages to telephones (docs.ntfy.sh/publish, "Publish as JSON").
import { Secret } from '../../base/std/index.ts';
import { type HttpChannel, JSON_TYPE, rateOf } from './channel.ts';
import { messageText } from './message.ts';
import type { OptionsOf } from './options.ts';
import { utf8Bytes } from './plain-text.ts';

/** Above 4,096 bytes the message would become an attachment. */
const LIMITS = { title: 200, rest: 4_000, measure: utf8Bytes } as const;

/** ntfy.sh allows 60 at once and one more every 5 s, by address. */
const RATE = { burst: 5, perMinute: 12 } as const;

const PRIORITY = { info: 3, warning: 4, critical: 5 } as const;
/** Names of emojis, which the app shows before the title. */
const TAG = { info: 'information_source', warning: 'warning', critical: 'rotating_light' } as const;

export function ntfyChannel(name: string, options: OptionsOf<'ntfy'>): HttpChannel {
  const { topic, token, priority, tags } = options;
  return {
    kind: 'http',
    name,
    type: 'ntfy',
    host: new URL(options.server).host,
    options,
    rate: rateOf(options.perMinute, RATE),
    secrets: token ? [topic, token] : [topic],
    format(message) {
      const { severity, title, body, actions } = messageText(message, LIMITS);
      const lines = [body, ...actions.map(({ what, command }) => `${what}: ${command}`)];
      return {
        // JSON goes to the root; the topic is in the body, so no log of a proxy holds it.
        url: new Secret(options.server),
        headers: {
          'content-type': JSON_TYPE,
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
        },
        body: JSON.stringify({
          topic: topic.reveal(),
          title,
          message: lines.filter((line) => line !== '').join('\n'),
          priority: priority[severity] ?? PRIORITY[severity],
          tags: [TAG[severity], ...tags],
        }),
      };
    },
    isAccepted: ({ text }) => /^\s*\{.*"id"\s*:/s.test(text),
  };
}
