// Typed `noun:verb` events of one component.

export interface Events<EventMap extends object> {
  on<Name extends keyof EventMap>(name: Name, listener: (event: EventMap[Name]) => void): () => void;
  emit<Name extends keyof EventMap>(name: Name, event: EventMap[Name]): void;
  /** Resolves with the next event of that name for which `matches` holds. */
  next<Name extends keyof EventMap>(
    name: Name,
    matches?: (event: EventMap[Name]) => boolean,
  ): Promise<EventMap[Name]>;
}

export function createEvents<EventMap extends object>(): Events<EventMap> {
  const listeners = new Map<keyof EventMap, Set<(event: never) => void>>();
  const on: Events<EventMap>['on'] = (name, listener) => {
    const set = listeners.get(name) ?? new Set();
    listeners.set(name, set);
    set.add(listener);
    return () => void set.delete(listener);
  };
  return {
    on,
    emit: (name, event) => {
      // A copy: a listener may leave, or bring others, while it is called.
      for (const listener of Array.from(listeners.get(name) ?? [])) listener(event as never);
    },
    next: (name, matches = () => true) =>
      new Promise((resolve) => {
        const off = on(name, (event) => {
          if (!matches(event)) return;
          off();
          resolve(event);
        });
      }),
  };
}
