// Whether an address is the live service or a simulator: simulators say so in a header of every answer.
import type { Origin } from '../../watch/history/index.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether the address is on this machine, where only simulators and recordings are served. */
export function isLoopback(baseUrl: string): boolean {
  return LOOPBACK.test(new URL(baseUrl).hostname);
}

/** Asks only addresses on this machine; everything else is taken for the live service. */
export async function originOf(baseUrl: string): Promise<Origin> {
  const live: Origin = { kind: 'live', url: baseUrl };
  if (!isLoopback(baseUrl)) return live;
  try {
    const response = await globalThis.fetch(`${baseUrl}/gpu_types/`, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    const said = response.headers.get('x-vastdeck-origin') ?? '';
    const [kind, ...rest] = said.split(' ');
    const name = decodeURIComponent(rest.join(' '));
    if (kind === 'simulated') return { kind, seed: name };
    if (kind === 'replay') return { kind, name };
    return live;
  } catch {
    // Nobody there, or a fault that the simulator was told to make: the collector meets it again and says so.
    return live;
  }
}
