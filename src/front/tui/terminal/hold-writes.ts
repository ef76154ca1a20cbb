// While the screen stands, nothing else may be written to its terminal: not by our log, a library or Node's warnings.
import type { Writable } from 'node:stream';

/** Everything written to the stream goes to `take` instead, until the returned function is called. */
export function holdWrites(stream: Writable, take: (text: string) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(stream, 'write');
  const held = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    take(typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString('utf8'));
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') callback();
    return true;
  };
  Object.defineProperty(stream, 'write', { configurable: true, writable: true, value: held });
  return () => {
    if (own) Object.defineProperty(stream, 'write', own);
    else Reflect.deleteProperty(stream, 'write');
  };
}
