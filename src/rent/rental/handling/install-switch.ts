// The dead man's switch on a machine that was started without it: run now, and again at each later start.
import { quoteWord, type RemoteShell } from '../../../net/ssh/index.ts';
import { type DeadManOptions, deadManScript, SWITCH_FOLDER, writeUntil } from '../ending/index.ts';
import { CannotHandleError } from './context.ts';

const TIMEOUT_MS = 30_000;

/** Logins may lack what the container was started with: its first process has it, and mostly /etc/environment. */
const OWN_KEY = `for v in CONTAINER_ID CONTAINER_API_KEY;do
eval "w=\\$$v"
[ "$w" ]||w=$(tr '\\0' '\\n' </proc/1/environ 2>/dev/null|sed -n "s/^$v=//p"|head -n 1)
[ "$w" ]||w=$(sed -n "s/^$v=//p" /etc/environment 2>/dev/null|tr -d '"'|head -n 1)
export "$v=$w"
done
`;

export interface SwitchOptions extends Omit<DeadManOptions, 'idleMs'> {
  readonly idleMs: number | undefined;
}

/**
 * Harmless twice: the older one ends at the file of the newer. Throws CannotHandleError where the machine has no key of
 * its own: then nothing but us would stop it.
 */
export async function installSwitch(
  shell: RemoteShell,
  { idleMs, ...options }: SwitchOptions,
): Promise<void> {
  await writeUntil(shell, options.prepaidUntilMs);
  const script = OWN_KEY + deadManScript({ ...options, ...(idleMs !== undefined && { idleMs }) });
  const file = `\${HOME:-/root}/${SWITCH_FOLDER}/switch.sh`;
  const line = `[ ! -r "${file}" ]||sh "${file}"||true # vastdeck`;
  const { code, stdout, stderr } = await shell.exec(
    [
      'set -e',
      `f="${file}" o="\${HOME:-/root}/onstart.sh" l=${quoteWord(line)}`,
      `printf %s ${quoteWord(script)} >"$f.new"`,
      'mv "$f.new" "$f"',
      // Run at each start of the container, before whatever else stands there and may not return.
      '[ -e "$o" ]||{ echo \'#!/bin/bash\' >"$o";chmod 755 "$o"; }',
      'n=1',
      'head -n 1 "$o"|grep -q "^#!"||n=0',
      'grep -qxF -- "$l" "$o"||{ { head -n $n "$o";echo "$l";tail -n +$((n+1)) "$o"; } >"$o.new";cat "$o.new" >"$o";rm -f "$o.new"; }',
      'sh "$f"',
      OWN_KEY,
      '[ "$CONTAINER_API_KEY" ]&&[ "$CONTAINER_ID" ]&&echo armed',
    ].join('\n'),
    { timeoutMs: TIMEOUT_MS },
  );
  if (stdout.trim().endsWith('armed')) return;
  throw new CannotHandleError(
    `The switch could not be installed (code ${code}, "${(stdout + stderr).trim().slice(0, 200)}"); the controller and the service's scheduled stop end it all the same, as long as one of them lives`,
  );
}
