// The container's log as the service gives it: without SSH, also of machines that are stopped, and only now and then.
import type { Clock } from '../../../base/std/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';
import type { FoundSource } from './line-source.ts';
import { windowSource } from './window-source.ts';

export interface ContainerLogOptions {
  readonly client: Pick<VastClient, 'instances'>;
  readonly clock: Clock;
  readonly instanceId: number;
  readonly run: string;
  readonly everyMs: number;
}

const LINES = 1_000;

export function containerLog({ client, clock, instanceId, run, everyMs }: ContainerLogOptions): FoundSource {
  return windowSource({
    kind: 'container',
    from: '',
    run: `${run}:container`,
    clock,
    everyMs,
    async ask(signal) {
      const text = await client.instances.logs(
        instanceId,
        { tail: LINES },
        { priority: 'controller', signal },
      );
      const lines = text.split('\n');
      // Bars are one long line to the service; the parser reads their states.
      return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
    },
  });
}
