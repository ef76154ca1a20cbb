// Instances of a host's default job: one for each GPU, owned by the host, without an offer, and free of charge. The host's
// side decides when one has its GPU; starting, stopping and destroying them is as with rented ones.
import type { Contracts, DefaultJobStart } from '../hosts/contracts.ts';
import { fixedFields } from '../market/offer-row.ts';
import { halt } from './boot.ts';
import { change, type Fleet, nextInstanceId } from './fleet.ts';
import { beginningState, type Instance } from './instance.ts';

/** The least that an instance has; nobody pays for it. */
const JOB_DISK_GB = 8;

/** An instance that waits for its GPU. */
export function makeJobInstance(fleet: Fleet, start: DefaultJobStart, atMs: number): Instance {
  const { account, machine, bit, image, args, resume } = start;
  const { accounts } = fleet.service;
  const id = nextInstanceId(fleet);
  const gpuIds = [machine.gpuIds[bit] as number];
  const chunk = { mask: 1 << bit, size: 1 };
  const instance: Instance = {
    id,
    account,
    offerId: 0,
    machine,
    chunk,
    gpuIds,
    hardware: {
      ...fixedFields(fleet.world, { machine, chunk, gpuIds, index: 0, rows: [] }),
      bundle_id: null,
    },
    createdMs: atMs,
    // Hosts pay nothing on their own machines, and get nothing from themselves.
    terms: {
      type: 'bid',
      gpuPricePerHour: 0,
      storagePricePerGbMonth: 0,
      uploadPricePerGb: 0,
      downloadPricePerGb: 0,
      endMs: machine.endDateMs,
    },
    diskGb: JOB_DISK_GB,
    isVm: false,
    mounts: [],
    sshKeys: [],
    accountEnv: {},
    apiKey: accounts.addKey(account, { name: `instance ${id}`, instanceId: id }, atMs),
    jupyterToken: '',
    launch: {
      image,
      env: {},
      onstart: null,
      args,
      runtype: 'args',
      templateId: null,
      templateHashId: null,
      templateName: null,
      imageLogin: null,
      jupyterDir: null,
      isJupyterLab: false,
      dockerUser: null,
      extra: null,
    },
    ownWork: { resume },
    label: null,
    intended: 'running',
    current: 'stopped',
    next: 'running',
    actual: 'created',
    isPulled: true,
    ...beginningState(),
  };
  // Not among those of the machine: outages and waiting there are the host's side's affair.
  fleet.all.set(id, instance);
  const own = fleet.byAccount.get(account.id) ?? new Map<number, Instance>();
  own.set(id, instance);
  fleet.byAccount.set(account.id, own);
  change(fleet, instance, atMs, 'created', {}, { machine_id: machine.machineId, default_job: true });
  return instance;
}

/** It got its GPU, and its container runs; or lost it, and that ends. */
export function changeJob(
  fleet: Fleet,
  ...[instance, event, rental, atMs]: Parameters<Contracts['changeJob']>
): void {
  instance.rental = rental;
  const isRunning = event === 'running';
  halt(instance);
  if (isRunning) fleet.insides.start(instance);
  else fleet.insides.stop(instance);
  // The market's times have fractions; the service counts whole milliseconds.
  change(fleet, instance, Math.floor(atMs), `default_job_${event}`, {
    current: isRunning ? 'running' : 'stopped',
    next: 'running',
    waiting: undefined,
    actual: isRunning ? 'running' : event === 'offline' ? 'offline' : 'exited',
    statusMsg: isRunning ? `success, running ${instance.launch.image}/args` : instance.statusMsg,
  });
}
