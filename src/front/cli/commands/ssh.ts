// `vastdeck ssh`: OpenSSH's own client on an instance, with our key and the host key that was pinned.

import { noteEntered } from '../../../rent/rental/index.ts';
import type { Context } from '../context.ts';
import { enter } from '../entered-instance.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance } from '../one-instance.ts';
import { runProgram, sshTarget } from '../ssh-command.ts';

export async function ssh(
  context: Context,
  name: string,
  words: readonly string[],
  flags: Flags,
): Promise<void> {
  const { terminal, config } = context;
  await using renting = await openInstanceSession(context);
  const found = await findInstance(renting, name, terminal.interrupted);
  const entered = await enter(context, renting, found, flags);
  if (!entered) return;
  await entered.shell.close();
  const target = sshTarget(config.home.value, { instanceId: found.instance.id, ...entered });
  const { host, port } = entered.address;
  const line = ['ssh', ...target.options, '-p', String(port), `root@${host}`];
  if (flags.print === true) {
    terminal.out(`${line.map(shellWord).join(' ')}\n`);
    return;
  }
  const end = await runProgram(terminal, [...line, ...(words.length > 0 ? ['--', ...words] : [])]);
  if (!end) {
    throw new UsageError(
      `There is no ssh on this computer: install OpenSSH's client, or use "vastdeck exec ${name} -- COMMAND", which needs none`,
    );
  }
  await noteEntered({ store: renting.store, account: renting.account.account }, found.instance.id);
  if (terminal.interrupted.aborted) context.endWith(EXIT_CODES.interrupted);
  else context.endWith(end.code ?? EXIT_CODES.failed);
}

/** To be pasted into a shell. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
