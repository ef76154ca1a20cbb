// What a person gets when a box is ready: how to enter it, its notebook, when it ends.
import { formatDuration, formatIso, formatUsd, type Secret } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { Rental } from '../../../rent/rental/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column } from '../output/column.ts';
import { screenTime } from '../output/screen-time.ts';
import { includeIn, openSshEntries } from '../ssh-entries.ts';

const COLUMNS: readonly Column[] = [
  'name',
  'rental_id',
  'instance_id',
  'machine_id',
  'gpu_name',
  'gpu_count',
  'price_per_hour',
  'ssh_host',
  'ssh_port',
  'ssh_command',
  'prepaid_until',
].map((name) => ({ name }));

const JUPYTER_PORT = 8080;

export interface ReadyBox {
  readonly rental: Rental;
  readonly instance: Instance | undefined;
  /** Rentals that are not over: the entries of all others go. */
  readonly liveRentalIds: readonly string[];
  readonly warnings: readonly string[];
}

export function presentBox(
  context: Context,
  flags: Flags,
  { rental, instance, liveRentalIds, warnings }: ReadyBox,
): void {
  const { terminal, config, clock } = context;
  const address = instance?.ssh.direct ?? instance?.ssh.proxy;
  const entries = openSshEntries(config.home.value);
  entries.keepOnly(liveRentalIds);
  if (address && instance) {
    entries.write({ rentalId: rental.id, name: rental.name, instanceId: instance.id, ...address });
  }
  const isIncluded = address !== undefined && flags.sshConfig === true && takeIn(context, entries.path);
  const command = isIncluded ? `ssh ${rental.name}` : `ssh -F ${entries.path} ${rental.name}`;
  for (const warning of warnings) terminal.err(`${warning}\n`);
  const { terms } = rental;
  if (formatOf(flags, terminal) !== 'table') {
    const row = {
      name: rental.name,
      rental_id: rental.id,
      instance_id: rental.instanceId,
      machine_id: rental.machineId,
      gpu_name: terms?.gpuName,
      gpu_count: terms?.gpuCount,
      price_per_hour: terms?.pricePerHour,
      ssh_host: address?.host,
      ssh_port: address?.port,
      ssh_command: address && command,
      prepaid_until: formatIso(rental.prepaidUntilMs),
    };
    context.print([row], COLUMNS, flags);
    return;
  }
  const inMs = rental.prepaidUntilMs - clock.now();
  const what = terms ? `${terms.gpuCount}x ${terms.gpuName}, ${formatUsd(terms.pricePerHour)}/h, ` : '';
  const lines = [
    `${rental.name} is ready: instance ${rental.instanceId}, ${what}until ${screenTime(rental.prepaidUntilMs)} (in ${formatDuration(inMs)}).`,
    ...(address ? [`  ${command}`] : ['  No way in over SSH is listed yet; "vd ssh" tries again.']),
    ...jupyterLines(rental, instance),
    `  "vd rm ${rental.name}" ends it.`,
  ];
  terminal.out(`${lines.join('\n')}\n`);
}

/** The token opens the machine: it goes to a terminal and nowhere else. */
function jupyterLines(rental: Rental, instance: Instance | undefined): readonly string[] {
  if (!rental.launch.withJupyter) return [];
  const port = instance?.ports.find(({ containerPort }) => containerPort === JUPYTER_PORT)?.hostPort;
  const host = instance?.publicIp;
  const token: Secret | null | undefined = instance?.jupyterToken;
  if (port === undefined || !host || !token) {
    return [
      '  Jupyter: no address is listed yet; the "Open" button at https://cloud.vast.ai/instances/ has it.',
    ];
  }
  return [
    `  Jupyter: https://${host}:${port}/?token=${token.reveal()} (its certificate is the machine's own: the browser asks once)`,
  ];
}

function takeIn({ terminal }: Context, path: string): boolean {
  const home = terminal.env.HOME;
  if (home === undefined) {
    terminal.err(
      `Where your home is cannot be told (HOME is not set); add this line to ~/.ssh/config: Include ${path}\n`,
    );
    return false;
  }
  if (includeIn(home, path)) terminal.err(`~/.ssh/config now begins with: Include ${path}\n`);
  return true;
}
