// From options to channels: the one switch over their types.
import { assertNever } from '../../base/std/index.ts';
import type { Channel } from './channel.ts';
import { desktopChannel } from './desktop-channel.ts';
import { emailChannel } from './email-channel.ts';
import { ntfyChannel } from './ntfy-channel.ts';
import type { ChannelOptions } from './options.ts';
import { slackChannel } from './slack-channel.ts';
import { telegramChannel } from './telegram-channel.ts';
import { webhookChannel } from './webhook-channel.ts';

export function createChannel(name: string, options: ChannelOptions): Channel {
  switch (options.type) {
    case 'ntfy':
      return ntfyChannel(name, options);
    case 'telegram':
      return telegramChannel(name, options);
    case 'slack':
      return slackChannel(name, options);
    case 'webhook':
      return webhookChannel(name, options);
    case 'email':
      return emailChannel(name, options);
    case 'desktop':
      return desktopChannel(name, options);
    default:
      return assertNever(options, 'type of channel');
  }
}
