// Routes that look into an instance or change what runs in it: logs, the few commands, snapshots, SSH keys, its template.
import { ApiError } from '../api/api-error.ts';
import { booleanOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { DRAW } from '../dice.ts';
import { freeze } from './boot.ts';
import { parseFlags, readEnv } from './docker-flags.ts';
import { change, type Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';
import type { InstanceRows } from './instance-row.ts';
import { ownInstance } from './own-instance.ts';
import { type FindTemplate, invalidArgs } from './rent-request.ts';
import type { Results } from './results.ts';
import { readRuntype } from './runtype.ts';

export interface InsideDeps {
  readonly fleet: Fleet;
  readonly rows: InstanceRows;
  readonly results: Results;
  readonly findTemplate: FindTemplate;
}

const LONGEST_COMMAND = 512;
const COMMANDS = ['ls', 'rm', 'du'];
const LONGEST_ONSTART = 4_048;
const SNAPSHOT_SEC = [20, 90] as const;

export function insideRoutes(deps: InsideDeps): readonly Route[] {
  const { fleet, results } = deps;
  return [
    {
      method: 'PUT',
      path: '/api/v0/instances/request_logs/:id',
      scope: 'instance_read',
      summary: 'Where the log can be read in a moment; `tail` lines of it, those that contain `filter`.',
      handle(call: Call) {
        const instance = ownInstance(fleet, call);
        const isDaemon = booleanOf(call.body, 'daemon_logs') ?? false;
        const tail = Number(textOf(call.body, 'tail') ?? '1000');
        if (!Number.isInteger(tail) || tail < 0) throw invalidArgs(`tail is ${tail}, not a number of lines`);
        const filter = textOf(call.body, 'filter');
        const asked = isDaemon ? undefined : fleet.insides.ask(instance, (container) => container.logs());
        const text = asked ?? daemonLog(fleet, instance);
        const cut = (log: string) => cutLog(log, tail, filter);
        const url = results.keep(
          call.request,
          instance.id,
          typeof text === 'string' ? cut(text) : text.then(cut),
          call.nowMs,
        );
        return jsonReply({ success: true, result_url: url, msg: 'The log will be there in a moment.' });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/instances/command/:id',
      scope: 'instance_write',
      summary: 'Runs ls, rm or du in it, also when it is stopped; the output can be read in a moment.',
      intervalSec: 1.5,
      handle(call: Call) {
        const instance = ownInstance(fleet, call);
        const { command } = call.body;
        if (typeof command !== 'string') {
          throw new ApiError(483, 'invalid_request', 'Invalid json body: command is missing.');
        }
        checkCommand(command);
        const output =
          fleet.insides.ask(instance, (container) => container.execute(command)) ?? pretend(command);
        change(fleet, instance, call.nowMs, 'command_run', {}, { command });
        return jsonReply({
          success: true,
          writeable_path: `/var/lib/docker/overlay2/C.${instance.id}/diff`,
          result_url: results.keep(call.request, instance.id, output, call.nowMs),
          msg: 'The output will be there in a moment.',
        });
      },
    },
    {
      method: 'POST',
      path: '/api/v0/instances/take_snapshot/:id',
      scope: 'instance_write',
      summary: 'Pushes its disk as an image to a registry, pausing it meanwhile unless told otherwise.',
      handle(call: Call) {
        const instance = ownInstance(fleet, call);
        const repository = textOf(call.body, 'personal_repo');
        if (!repository) throw invalidArgs('personal_repo is missing');
        if (!instance.isPulled)
          throw invalidArgs(`instance ${instance.id} has no container yet; wait until it runs`);
        const registry = textOf(call.body, 'container_registry') ?? 'docker.io';
        const tag = `instance_${instance.id}_at_${Math.floor(call.nowMs / 1_000)}`;
        const image = `${registry}/${repository}:${tag}`;
        const [least, most] = SNAPSHOT_SEC;
        const unit = fleet.service.dice.unit(DRAW.instance, instance.id, Math.floor(call.nowMs / 1_000), 30);
        const isPausing = booleanOf(call.body, 'pause') ?? true;
        change(fleet, instance, call.nowMs, 'snapshot_taken', {}, { image });
        if (isPausing && instance.actual === 'running') {
          freeze(fleet, instance, call.nowMs, Math.round((least + (most - least) * unit) * 1_000));
        }
        return jsonReply({ success: true, msg: `Snapshot begun as ${image}`, image });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/instances/update_template/:id',
      scope: 'instance_write',
      summary: 'Changes what its container is made from; it takes hold when the instance is recycled.',
      handle(call: Call) {
        const instance = ownInstance(fleet, call);
        updateLaunch(deps, instance, call);
        change(
          fleet,
          instance,
          call.nowMs,
          'template_updated',
          {},
          { image: instance.launch.image, template_hash_id: instance.launch.templateHashId },
        );
        return jsonReply({ success: true, updated_instance: deps.rows.row(instance, call.nowMs, 0) });
      },
    },
  ];
}

function updateLaunch({ findTemplate }: InsideDeps, { launch }: Instance, { body, caller }: Call): void {
  const hashId = textOf(body, 'template_hash_id');
  const templateId = textOf(body, 'template_id');
  if (hashId !== undefined || templateId !== undefined) {
    const key = hashId === undefined ? { id: Number(templateId) } : { hashId };
    const template = findTemplate(key, caller.account.id);
    if (!template) throw invalidArgs(`there is no template ${hashId ?? templateId ?? ''}`);
    launch.templateId = template.id;
    launch.templateHashId = template.hashId;
    launch.templateName = template.name;
    launch.image = template.image;
    if (template.env !== null) launch.env = { ...launch.env, ...parseFlags(template.env) };
    if (template.onstart !== null) launch.onstart = template.onstart;
    if (template.args.length > 0) launch.args = template.args;
    if (template.runtype !== null) launch.runtype = readRuntype(template.runtype);
  }
  const onstart = textOf(body, 'onstart');
  if (onstart !== undefined && onstart.length > LONGEST_ONSTART) {
    throw invalidArgs(`onstart has ${onstart.length} characters; at most ${LONGEST_ONSTART} are allowed`);
  }
  if (onstart !== undefined) launch.onstart = onstart;
  const image = textOf(body, 'image');
  if (image !== undefined && image !== '') launch.image = image;
  const env = readEnv(body.env);
  if (env) launch.env = { ...launch.env, ...env };
  if (Array.isArray(body.args)) launch.args = body.args.map((arg: unknown) => String(arg));
}

function checkCommand(command: string): void {
  if (command.length > LONGEST_COMMAND) {
    throw invalidArgs(`the command has ${command.length} characters; at most ${LONGEST_COMMAND} are allowed`);
  }
  const program = command.trim().split(/\s+/)[0] ?? '';
  if (!COMMANDS.includes(program)) {
    throw invalidArgs(`"${program}" is not allowed; only ls, rm and du are`);
  }
}

/** Where an instance has no inside, an empty disk answers. */
function pretend(command: string): string {
  const program = command.trim().split(/\s+/)[0];
  return program === 'du' ? '4.0K\t.\n' : '';
}

/** What the daemon knows of it: every state that it was in. */
function daemonLog({ service }: Fleet, { id }: Instance): string {
  return service.truthLog
    .since()
    .filter((event) => event.noun === 'instance' && event.id === id)
    .map(({ atMs, what, data }) => {
      const status = typeof data.actual_status === 'string' ? data.actual_status : 'provisioning';
      return `${new Date(atMs).toISOString()} C.${id} ${what} (${status})\n`;
    })
    .join('');
}

function cutLog(log: string, tail: number, filter: string | undefined): string {
  const lines = log.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const found = filter === undefined ? lines : lines.filter((line) => line.includes(filter));
  const last = tail === 0 ? [] : found.slice(-tail);
  return last.map((line) => `${line}\n`).join('');
}
