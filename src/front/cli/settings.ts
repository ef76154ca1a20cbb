// The settings that environment and `.env` can hold, for `config show` and for the reference.

export interface SettingDescription {
  readonly name: string;
  /** Default in words. */
  readonly fallback: string;
  readonly about: string;
}

/** In the order in which they are shown. */
export const SETTINGS = [
  {
    name: 'VASTDECK_HOME',
    fallback: 'the XDG data directory, `vastdeck` below it',
    about: 'where all state lives',
  },
  {
    name: 'VAST_API_KEY',
    fallback: 'the key that `login` stored, else that of the official CLI',
    about: 'the API key; `VAST_AI_API_KEY` is the same',
  },
  {
    name: 'VAST_BASE_URL',
    fallback: 'https://console.vast.ai/api/v0',
    about: 'the service, or a simulator of it',
  },
  {
    name: 'VW_DB',
    fallback: '`market` below the home; of `up` without a key `sim/market`',
    about: 'the market store: a folder, or `NAME.db`, beside which `NAME.market` is made',
  },
  {
    name: 'VASTDECK_DATABASE_URL',
    fallback: '`state.db` below the home',
    about: 'the state store: a file, or `postgres://…`',
  },
  { name: 'VW_POLL_INTERVAL_SEC', fallback: '360', about: 'seconds from one poll to the next' },
  { name: 'VW_TIMEOUT_SEC', fallback: '60', about: 'longest wait for one answer, in seconds' },
  { name: 'VW_INCLUDE_UNVERIFIED', fallback: '1', about: '0 collects verified machines only' },
  { name: 'VW_FILTER', fallback: '', about: 'a query; only offers that match are collected' },
  {
    name: 'LOG_LEVEL',
    fallback: 'info',
    about: 'debug, info, warn or error; debug shows every try of a call',
  },
] as const satisfies readonly SettingDescription[];

export type SettingName = (typeof SETTINGS)[number]['name'];
