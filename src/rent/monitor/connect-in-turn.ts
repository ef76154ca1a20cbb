// Several keys for one machine, tried one after another.
import { AuthRefusedError } from '../../net/ssh/index.ts';
import type { ConnectInstance } from '../rental/index.ts';

/** Keys that a machine refuses are followed by the next way in; the one that was taken is tried first from then on. */
export function connectInTurn(ways: readonly ConnectInstance[]): ConnectInstance {
  const taken = new Map<number, ConnectInstance>();
  return async (instance, asked) => {
    const first = taken.get(instance.id);
    const order = first ? [first, ...ways.filter((way) => way !== first)] : ways;
    let refusal: unknown;
    for (const connect of order) {
      try {
        const shell = await connect(instance, asked);
        taken.set(instance.id, connect);
        return shell;
      } catch (error) {
        if (!(error instanceof AuthRefusedError)) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  };
}
