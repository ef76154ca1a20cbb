// The containers of all instances, driven one call at a time each. The service does not wait for them: what the API
// says follows the simulation's time, and a container that is late shows as an instance whose SSH does not answer yet.
import type { Log } from '../../base/std/index.ts';
import type { Container, ContainerFault, MakeContainer } from './container.ts';
import type { Instance } from './instance.ts';

export interface Insides {
  /** Makes it if it is not there, and starts it. */
  start(instance: Instance): void;
  stop(instance: Instance): void;
  reboot(instance: Instance): void;
  recycle(instance: Instance): void;
  destroy(instance: Instance): void;
  befall(instance: Instance, fault: ContainerFault): void;
  /** Undefined where instances have no inside. */
  of(instance: Instance): Container | undefined;
  /** Makes it if it is not there, and leaves it stopped: something is to be done to its disk. */
  prepare(instance: Instance): void;
  /** After everything that was asked of it before. Undefined where instances have no inside. */
  ask<T>(instance: Instance, question: (container: Container) => Promise<T>): Promise<T> | undefined;
  /** Destroys them all; resolves when nothing runs any more. */
  close(): Promise<void>;
}

interface Inside {
  readonly container: Container;
  /** Ends when everything that was asked so far is done. */
  last: Promise<unknown>;
}

export interface InsidesOptions {
  /** Undefined in worlds without insides. */
  readonly make: MakeContainer | undefined;
  readonly log: Log;
  /** The main process of a container ended by itself, or never came up, for the reason given. */
  readonly exited: (instance: Instance, why?: string) => void;
}

export function createInsides({ make, log, exited }: InsidesOptions): Insides {
  const insides = new Map<number, Inside>();
  /** Containers that are being destroyed; closing waits for them too. */
  const leaving = new Set<Promise<unknown>>();

  const then = async <T>(inside: Inside, act: (container: Container) => Promise<T>): Promise<T> => {
    const done = inside.last.then(() => act(inside.container));
    inside.last = done.catch(() => undefined);
    return await done;
  };

  const order = (instance: Instance, what: string, act: (container: Container) => Promise<void>) => {
    const inside = insides.get(instance.id);
    if (!inside) return;
    then(inside, act).catch((error: unknown) => {
      log.warn('a container failed', { instance: instance.id, what, error: String(error) });
      if (what === 'start' || what === 'reboot') exited(instance, String(error));
    });
  };

  const prepare = (instance: Instance) => {
    if (!make || insides.has(instance.id)) return;
    const container = make(instance, () => exited(instance));
    insides.set(instance.id, { container, last: Promise.resolve() });
  };

  return {
    prepare,
    start(instance) {
      prepare(instance);
      order(instance, 'start', (container) => container.start());
    },
    stop: (instance) => order(instance, 'stop', (container) => container.stop()),
    reboot: (instance) => order(instance, 'reboot', (container) => container.reboot()),
    recycle: (instance) => order(instance, 'recycle', (container) => container.recycle()),
    destroy(instance) {
      order(instance, 'destroy', (container) => container.destroy());
      const last = insides.get(instance.id)?.last;
      insides.delete(instance.id);
      if (!last) return;
      leaving.add(last);
      void last.then(() => leaving.delete(last));
    },
    befall: (instance, fault) => order(instance, fault, (container) => container.befall(fault)),
    of: (instance) => insides.get(instance.id)?.container,
    ask(instance, question) {
      const inside = insides.get(instance.id);
      return inside && then(inside, question);
    },
    async close() {
      const all = [...insides.values()];
      insides.clear();
      const ends = all.map((inside) => then(inside, (container) => container.destroy()));
      await Promise.allSettled([...ends, ...leaving]);
    },
  };
}
