// What asks a daemon: one method a route, with answers that are checked against the protocol. With an app's own `fetch` it
// calls the same handlers without a socket.
import { accountMethods } from './client/account.ts';
import { createAsk, type DaemonClientOptions } from './client/ask.ts';
import { eventMethods } from './client/events.ts';
import { historyMethods } from './client/history.ts';
import { jobMethods } from './client/jobs.ts';
import { marketMethods } from './client/market.ts';
import { moneyMethods } from './client/money.ts';
import { runMethods } from './client/runs.ts';

export { DaemonAnswerError, DaemonUnreachableError } from './client/ask.ts';

export { createRemoteMonitor, type RemoteMonitorOptions } from './client/monitor/remote-monitor.ts';
export type DaemonClient = ReturnType<typeof createDaemonClient>;

/** Every method rejects with DaemonAnswerError, DaemonUnreachableError or the signal's reason. */
export function createDaemonClient(options: DaemonClientOptions) {
  const ask = createAsk(options);
  return {
    ...accountMethods(ask),
    ...jobMethods(ask),
    ...runMethods(ask),
    ...historyMethods(ask),
    ...marketMethods(ask),
    ...moneyMethods(ask),
    ...eventMethods(ask),
  };
}
