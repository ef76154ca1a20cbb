// What stands in a tmux pane: Vast.ai's own images begin every login in one, so that is where people start things by hand.
import { quoteWord } from '../../../net/ssh/index.ts';
import type { RemoteTarget } from '../../remote/index.ts';
import type { FoundSource } from './line-source.ts';
import { windowSource } from './window-source.ts';

const PANE_LINES = 1_000;
const ANSWER_MS = 20_000;
const PANE_LINE = /^(%\d+) (\S+) ([01])$/;

/** Those that there are, the active one first. Empty where there is no tmux, or none of its servers runs. */
export async function findPanes(
  target: RemoteTarget,
  { run, everyMs, signal }: { readonly run: string; readonly everyMs: number; readonly signal: AbortSignal },
): Promise<readonly FoundSource[]> {
  await using shell = await target.open({ signal });
  const { code, stdout } = await shell.exec(
    "tmux list-panes -a -F '#{pane_id} #{session_name}:#{window_index}.#{pane_index} #{pane_active}' 2>/dev/null",
    { signal, timeoutMs: ANSWER_MS },
  );
  if (code !== 0) return [];
  const panes = stdout.split('\n').flatMap((line) => {
    const [, id = '', name = '', active = ''] = PANE_LINE.exec(line) ?? [];
    return id === '' ? [] : [{ id, name, isActive: active === '1' }];
  });
  panes.sort((a, b) => Number(b.isActive) - Number(a.isActive));
  return panes.map(({ id, name }) =>
    windowSource({
      kind: 'tmux',
      from: name,
      run: `${run}:tmux ${name}`,
      clock: target.clock,
      everyMs,
      ask: (asked) => capture(target, id, asked),
    }),
  );
}

async function capture(target: RemoteTarget, pane: string, signal: AbortSignal): Promise<readonly string[]> {
  await using shell = await target.open({ signal });
  const { code, stdout, stderr } = await shell.exec(
    `tmux capture-pane -p -J -S -${PANE_LINES} -t ${quoteWord(pane)}`,
    { signal, timeoutMs: ANSWER_MS },
  );
  if (code !== 0)
    throw new Error(`The tmux pane ${pane} cannot be read: ${stderr.trim() || `exit code ${code}`}`);
  // Below what was written the pane is empty, and its last line may still be written on.
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  return lines.slice(0, -1);
}
