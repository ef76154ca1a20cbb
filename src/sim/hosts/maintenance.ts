// Announced maintenance: the machine is down from then on for so many hours, unless it is cancelled before.
import { HOUR_MS } from '../../base/std/index.ts';
import { ApiError } from '../api/api-error.ts';
import { numberOf, textOf } from '../api/read-body.ts';
import { bringUp, takeDown } from '../market/outages.ts';
import type { Service } from '../service.ts';
import { type HostedMachine, MAINTENANCE_CATEGORIES, type Maintenance } from './hosted-machine.ts';
import type { Hosts } from './hosts.ts';

/** Puts a notice up in place of any before it. Throws ApiError 422 for a bad time, length or category. */
export function announce(
  { service, hosts, id }: { readonly service: Service; readonly hosts: Hosts; readonly id: number },
  hosted: HostedMachine,
  body: Readonly<Record<string, unknown>>,
  nowMs: number,
): Maintenance {
  const startMs = startOf(body);
  const hours = numberOf(body, 'duration');
  const category = MAINTENANCE_CATEGORIES.find((each) => each === (body.maintenance_category ?? 'other'));
  if (startMs < nowMs) throw refused(`sdate ${startMs / 1_000} is past`);
  if (hours === undefined || !(hours > 0)) throw refused('duration is no number of hours above 0');
  if (!category) throw refused(`maintenance_category is none of ${MAINTENANCE_CATEGORIES.join(', ')}`);
  cancelMaintenance({ service, hosts }, hosted, nowMs);
  const { machine } = hosted;
  const endMs = startMs + hours * HOUR_MS;
  const maintenance: Maintenance = {
    id,
    startMs,
    hours,
    category,
    reason: textOf(body, 'maintenance_reason') ?? null,
    planned: [
      service.agenda.plan(startMs, (atMs) => {
        maintenance.isUnderWay = true;
        service.truthLog.note(atMs, 'machine', machine.machineId, 'maintenance_begun', { category });
        takeDown(hosts.world, machine, atMs, false);
      }),
      service.agenda.plan(endMs, (atMs) => finish({ service, hosts }, hosted, maintenance, atMs)),
    ],
    isUnderWay: false,
  };
  hosted.maintenances = [maintenance];
  service.truthLog.note(nowMs, 'machine', machine.machineId, 'maintenance_announced', {
    start: startMs / 1_000,
    hours,
    category,
  });
  return maintenance;
}

interface MaintenanceDeps {
  readonly service: Service;
  readonly hosts: Hosts;
}

/** Takes the notices down; one under way ends. Returns how many there were. */
export function cancelMaintenance(deps: MaintenanceDeps, hosted: HostedMachine, nowMs: number): number {
  const { maintenances } = hosted;
  for (const maintenance of maintenances) {
    for (const planned of maintenance.planned) planned.cancel();
    if (maintenance.isUnderWay) finish(deps, hosted, maintenance, nowMs);
    else deps.service.truthLog.note(nowMs, 'machine', hosted.machine.machineId, 'maintenance_cancelled');
  }
  hosted.maintenances = [];
  return maintenances.length;
}

function finish(
  { service, hosts }: MaintenanceDeps,
  hosted: HostedMachine,
  maintenance: Maintenance,
  atMs: number,
): void {
  maintenance.isUnderWay = false;
  hosted.maintenances = hosted.maintenances.filter((each) => each !== maintenance);
  service.truthLog.note(atMs, 'machine', hosted.machine.machineId, 'maintenance_over');
  bringUp(hosts.world, hosted.machine, atMs);
}

/** Epoch seconds, as the official client sends them, or ISO, as the schema has it. */
function startOf({ sdate }: Readonly<Record<string, unknown>>): number {
  if (typeof sdate === 'number' && Number.isFinite(sdate)) return Math.round(sdate * 1_000);
  if (typeof sdate === 'string' && sdate.trim() !== '') {
    const ms = Number.isFinite(Number(sdate)) ? Number(sdate) * 1_000 : Date.parse(sdate);
    if (Number.isFinite(ms)) return Math.round(ms);
  }
  throw refused('sdate is neither epoch seconds nor an ISO date');
}

function refused(why: string): ApiError {
  return new ApiError(422, 'invalid_args', `error 422/3467: Invalid args: ${why}`);
}

/** As the service lists them; `machine_id` goes with each. */
export function maintenanceRow({ machine }: HostedMachine, maintenance: Maintenance) {
  return {
    id: maintenance.id,
    machine_id: machine.machineId,
    start_time: maintenance.startMs / 1_000,
    end_time: maintenance.startMs / 1_000 + maintenance.hours * 3_600,
    duration_hours: maintenance.hours,
    maintenance_category: maintenance.category,
    maintenance_reason: maintenance.reason,
  };
}
