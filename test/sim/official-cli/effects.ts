// What each command of the official client that changes something must have done, by ground truth: the client exits 0 on
// errors, so an answer alone proves nothing.
import { expect } from 'vitest';
import { HOUR } from '../a-sim.ts';
import { PUBLIC_KEY, type ReplayWorld, type Reply } from './world.ts';

export interface Effect {
  readonly who?: 'host';
  /** What has to be there before. */
  readonly prepare?: (world: ReplayWorld) => Promise<unknown>;
  readonly check: (world: ReplayWorld, reply: Reply, seqBefore: number) => Promise<void> | void;
}

const field = (reply: Reply, name: string) => (reply.body as Readonly<Record<string, unknown>>)[name];

/** That exactly this was noted since, among other things. */
function noted(
  world: ReplayWorld,
  seqBefore: number,
  noun: string,
  what: string,
  id?: number,
): Readonly<Record<string, unknown>> {
  const found = world.sim.truth
    .log(seqBefore)
    .find((event) => event.noun === noun && event.what === what && (id === undefined || event.id === id));
  expect(found, `${noun} ${id ?? ''} ${what} in the truth log`).toBeDefined();
  return found?.data ?? {};
}

const instanceTruth = (world: ReplayWorld, id: number) => {
  const found = world.sim.truth.instances().find(({ instanceId }) => instanceId === id);
  if (!found) throw new Error(`There never was an instance ${id}`);
  return found;
};

const stopFirst = async (world: ReplayWorld) => {
  for (const id of [world.ids.instance, world.ids.instance2]) {
    await world.send({ method: 'PUT', path: `/api/v0/instances/${id}/`, body: { state: 'stopped' } });
  }
  await world.clock.step(HOUR);
};
const addKey = (world: ReplayWorld) =>
  world.send({ method: 'POST', path: '/api/v0/ssh/', body: { ssh_key: PUBLIC_KEY } });
const addOtherKey = (world: ReplayWorld) =>
  world.send({ method: 'POST', path: '/api/v0/ssh/', body: { ssh_key: PUBLIC_KEY.replace('AIAb', 'AIAc') } });
const listMachines = async (world: ReplayWorld) => {
  for (const machine of [world.ids.machine, world.ids.machine2]) {
    const body = { machine, price_gpu: 0.5, end_date: null };
    await world.send({ method: 'PUT', path: '/api/v0/machines/create_asks/', body }, 'host');
  }
};
const newest = (world: ReplayWorld) => world.sim.truth.instances().at(-1);

const rented =
  (check: (instance: NonNullable<ReturnType<typeof newest>>) => void): Effect['check'] =>
  async (world, reply) => {
    const instance = newest(world);
    expect(instance?.instanceId).toBe(field(reply, 'new_contract'));
    await world.clock.step(HOUR);
    check(instanceTruth(world, instance?.instanceId as number));
  };

const stateOf =
  (actual: string, intended: string, ids: readonly ('instance' | 'instance2')[]): Effect['check'] =>
  async (world) => {
    await world.clock.step(HOUR);
    for (const name of ids) expect(instanceTruth(world, world.ids[name])).toMatchObject({ actual, intended });
  };

const destroyed =
  (ids: readonly ('instance' | 'instance2')[]): Effect['check'] =>
  (world, _, seq) => {
    for (const name of ids) {
      expect(instanceTruth(world, world.ids[name]).destroyedMs).toBeDefined();
      noted(world, seq, 'instance', 'destroyed', world.ids[name]);
    }
  };

const accountNoted =
  (what: string): Effect['check'] =>
  (world, _, seq) => {
    noted(world, seq, 'account', what);
  };

const machineNoted =
  (what: string): Effect['check'] =>
  (world, _, seq) => {
    noted(world, seq, 'machine', what, world.ids.machine);
  };

const isUpload = ({ kind, quantity }: { readonly kind: string; readonly quantity: number }) =>
  kind === 'bwu' && quantity > 0;

/** A result's file is there within the client's nine seconds. */
const resultReady: Effect['check'] = async (world, reply) => {
  const address = String(field(reply, 'result_url'));
  await world.clock.step(9_000);
  const file = await world.sim.fetch(address);
  expect(file.status).toBe(200);
};

/** What became of the one volume that there is. */
const volumeNotes = ({ sim, ids }: ReplayWorld) =>
  sim.truth
    .log()
    .filter(({ noun, id }) => noun === 'volume' && id === ids.ownVolume)
    .map(({ what }) => what);

/** By the start of the recorded command, the longest that fits. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  'create instance {offer} --image pytorch/pytorch:latest --disk 20 --ssh': {
    check: rented((truth) => expect(truth).toMatchObject({ type: 'on-demand', actual: 'running' })),
  },
  'create instance {offer} --image pytorch/pytorch:latest --bid_price': {
    check: rented((truth) => expect(truth).toMatchObject({ type: 'bid', gpuPricePerHour: 0.2 })),
  },
  'create instance {offer} --image pytorch/pytorch:latest --disk 20 --onstart-cmd': {
    check: rented((truth) => expect(truth).toMatchObject({ type: 'on-demand', actual: 'running' })),
  },
  'create instance {offer} --template_hash': {
    // The recorded hash is of nobody's template: it is refused, and nothing is rented.
    check: (world, reply) => {
      expect(reply.status).toBe(400);
      expect(newest(world)?.instanceId).toBe(world.ids.instance2);
    },
  },
  'create instance {offer} --image x --create-volume': {
    check: (world, reply) => {
      expect(newest(world)?.instanceId).toBe(field(reply, 'new_contract'));
      expect(volumeNotes(world)).toEqual(['created', 'mounted']);
    },
  },
  'create instances': {
    check: (world) => {
      const ours = world.sim.truth.instances();
      expect(ours.length).toBe(4);
      expect(new Set(ours.map(({ machineId }) => machineId)).size).toBe(4);
    },
  },
  'launch instance': {
    // In the recording the region was Oceania; the simulated market may have no such card there.
    check: (world, reply) => {
      const isRented = field(reply, 'success') === true;
      expect(world.sim.truth.instances().length).toBe(isRented ? 3 : 2);
    },
  },
  'start instance {': { prepare: stopFirst, check: stateOf('running', 'running', ['instance']) },
  'stop instance {': { check: stateOf('exited', 'stopped', ['instance']) },
  'start instances': {
    prepare: stopFirst,
    check: async (world) => {
      await world.clock.step(HOUR);
      for (const id of [world.ids.instance, world.ids.instance2]) {
        const { intended, actual, waiting } = instanceTruth(world, id);
        expect(intended).toBe('running');
        // Somebody of the crowd may have taken its GPUs in the hour in which it was stopped.
        expect(actual === 'running' || waiting !== undefined).toBe(true);
      }
    },
  },
  'stop instances': { check: stateOf('exited', 'stopped', ['instance', 'instance2']) },
  'reboot instance {instance} --schedule': {
    check: async (world, _, seq) => {
      noted(world, seq, 'instance', 'rebooting', world.ids.instance);
    },
  },
  'reboot instance': {
    check: async (world) => {
      await world.clock.step(HOUR);
      noted(world, 0, 'instance', 'rebooting', world.ids.instance);
      expect(instanceTruth(world, world.ids.instance).actual).toBe('running');
    },
  },
  'recycle instance': {
    check: async (world) => {
      await world.clock.step(HOUR);
      noted(world, 0, 'instance', 'recycling', world.ids.instance);
      expect(instanceTruth(world, world.ids.instance).actual).toBe('running');
    },
  },
  'destroy instance {': { check: destroyed(['instance']) },
  'destroy instances': { check: destroyed(['instance', 'instance2']) },
  'label instance': {
    check: async (world) => {
      const { body } = await world.send({ method: 'GET', path: `/api/v0/instances/${world.ids.instance}/` });
      expect((body as { instances: { label: string } }).instances.label).toBe('hello');
    },
  },
  'prepay instance': {
    check: (world, reply, seq) => {
      // The rented ones are interruptible, and those cannot be prepaid.
      expect(field(reply, 'success')).toBe(false);
      expect(world.sim.truth.log(seq).filter(({ noun }) => noun === 'payment')).toEqual([]);
    },
  },
  'change bid {instance} --price': {
    check: (world, _, seq) => {
      noted(world, seq, 'instance', 'bid_changed', world.ids.instance);
      expect(instanceTruth(world, world.ids.instance).gpuPricePerHour).toBe(0.25);
    },
  },
  'change bid {instance}': {
    check: (world, _, seq) => {
      noted(world, seq, 'instance', 'bid_changed', world.ids.instance);
      // The service picks the least price that wins, and nobody bids against it here.
      expect(instanceTruth(world, world.ids.instance).gpuPricePerHour).toBeLessThanOrEqual(0.2);
    },
  },
  'update instance': {
    check: async (world, reply) => {
      expect(reply.status).toBe(400);
      const { body } = await world.send({ method: 'GET', path: `/api/v0/instances/${world.ids.instance}/` });
      expect((body as { instances: { template_hash_id: null } }).instances.template_hash_id).toBeNull();
    },
  },
  logs: { check: resultReady },
  execute: { check: resultReady },
  'copy {instance}': {
    check: async (world, reply, seq) => {
      expect(field(reply, 'success')).toBe(true);
      await world.clock.step(HOUR);
      for (const id of [world.ids.instance, world.ids.instance2]) {
        const { copy_id: copy, gb } = noted(world, seq, 'instance', 'copy_begun', id);
        expect(noted(world, seq, 'instance', 'copied', id)).toMatchObject({ copy_id: copy, gb });
      }
    },
  },
  'copy C.{instance}': {
    check: (_, reply) => {
      expect(field(reply, 'src_addr')).toBeTypeOf('string');
      expect(field(reply, 'src_port')).toBeTypeOf('number');
    },
  },
  'copy DIR': {
    check: (_, reply) => {
      expect(field(reply, 'dst_addr')).toBeTypeOf('string');
      expect(field(reply, 'dst_port')).toBeTypeOf('number');
    },
  },
  'cancel copy': {
    prepare: (world) =>
      world.send({
        method: 'PUT',
        path: '/api/v0/commands/copy_direct/',
        body: {
          src_id: String(world.ids.instance),
          dst_id: String(world.ids.instance2),
          src_path: '/workspace/',
          dst_path: '/workspace/',
        },
      }),
    check: async (world, reply) => {
      expect(field(reply, 'success')).toBe(true);
      noted(world, 0, 'instance', 'copy_cut_off', world.ids.instance2);
      await world.clock.step(HOUR);
      expect(world.sim.truth.log().filter(({ what }) => what === 'copied')).toEqual([]);
    },
  },
  'cloud copy': {
    check: async (world, reply, seq) => {
      expect(reply.status).toBe(200);
      const { gb } = noted(world, seq, 'instance', 'copy_begun', world.ids.instance);
      await world.clock.step(HOUR);
      noted(world, seq, 'instance', 'copied', world.ids.instance);
      const uploads = world.sim.truth.charges({ instanceId: world.ids.instance }).filter(isUpload);
      expect(uploads.map(({ quantity }) => quantity)).toEqual([gb]);
    },
  },
  'take snapshot': {
    check: async (world, reply, seq) => {
      expect(reply.status).toBe(200);
      const { image } = noted(world, seq, 'instance', 'snapshot_taken', world.ids.instance);
      expect(image).toMatch(/^docker\.io\/r:instance_/);
      expect(field(reply, 'image')).toBe(image);
      expect(instanceTruth(world, world.ids.instance).actual).toBe('frozen');
      await world.clock.step(HOUR);
      expect(instanceTruth(world, world.ids.instance).actual).toBe('running');
    },
  },
  'create ssh-key': { check: accountNoted('ssh_key_created') },
  'attach ssh': {
    check: async (world) => {
      const { body } = await world.send({
        method: 'GET',
        path: `/api/v0/instances/${world.ids.instance}/ssh/`,
      });
      expect((body as { ssh_keys: string }).ssh_keys).toContain('AAAAC3NzaC1lZDI1NTE5AAAAIAb');
    },
  },
  'detach ssh': {
    // The account's key of that number, attached.
    prepare: async (world) => {
      await addKey(world);
      const path = `/api/v0/instances/${world.ids.instance}/ssh/`;
      await world.send({ method: 'POST', path, body: { ssh_key: PUBLIC_KEY } });
    },
    check: async (world) => {
      const { body } = await world.send({
        method: 'GET',
        path: `/api/v0/instances/${world.ids.instance}/ssh/`,
      });
      expect(JSON.parse((body as { ssh_keys: string }).ssh_keys)).toEqual([]);
    },
  },
  'show ssh-keys': {
    prepare: addKey,
    check: (_, reply) => expect(reply.body).toMatchObject([{ public_key: PUBLIC_KEY }]),
  },
  'delete ssh-key': { prepare: addKey, check: accountNoted('ssh_key_deleted') },
  'update ssh-key': { prepare: addOtherKey, check: accountNoted('ssh_key_changed') },
  'list machine {machine} -g 0.35 -s': {
    who: 'host',
    check: async (world) => {
      noted(world, 0, 'machine', 'listing_changed', world.ids.machine);
      const [offer] = await world.search({
        machine_id: { eq: world.ids.machine },
        order: [['num_gpus', 'asc']],
      });
      // The host earns 0.35 for a GPU; the renter pays a third more.
      expect((offer?.dph_base as number) / (offer?.num_gpus as number)).toBeCloseTo(0.35 / 0.75, 9);
    },
  },
  'list machine': { who: 'host', check: machineNoted('listing_changed') },
  'list machines': {
    who: 'host',
    check: (world, _, seq) => {
      const changed = world.sim.truth.log(seq).filter(({ what }) => what === 'listing_changed');
      expect([world.ids.machine, world.ids.machine2]).toContain(changed[0]?.id);
    },
  },
  'unlist machine': {
    who: 'host',
    prepare: listMachines,
    check: async (world) => {
      expect(await world.search({ machine_id: { eq: world.ids.machine } })).toEqual([]);
    },
  },
  'set min-bid': { who: 'host', prepare: listMachines, check: machineNoted('min_bid_set') },
  'set defjob': { who: 'host', prepare: listMachines, check: machineNoted('default_job_set') },
  'remove defjob': {
    who: 'host',
    prepare: async (world) => {
      await listMachines(world);
      const body = { machine: world.ids.machine, price_gpu: 0.2, image: 'img/x', args: [] };
      await world.send({ method: 'PUT', path: '/api/v0/machines/create_bids/', body }, 'host');
    },
    check: machineNoted('default_job_removed'),
  },
  'schedule maint': { who: 'host', check: machineNoted('maintenance_announced') },
  'cancel maint': {
    who: 'host',
    prepare: (world) =>
      world.send(
        {
          method: 'PUT',
          path: `/api/v0/machines/${world.ids.machine}/dnotify/`,
          body: { client_id: 'me', sdate: 1_893_456_000, duration: 2, maintenance_category: 'power' },
        },
        'host',
      ),
    check: machineNoted('maintenance_cancelled'),
  },
  'cleanup machine': { who: 'host', check: machineNoted('cleaned_up') },
  'defrag machines': {
    who: 'host',
    check: (world, reply, seq) => {
      const cut = world.sim.truth.log(seq).filter(({ what }) => what === 'defragmented');
      expect(field(reply, 'msg')).toBe(`${cut.length} of 2 machines were cut anew.`);
    },
  },
  'delete machine': {
    who: 'host',
    // The crowd rents on it: it stays where it is.
    check: async (world, reply, seq) => {
      expect(reply.status).toBe(400);
      expect(field(reply, 'msg')).toBe(`Machine ${world.ids.machine} has clients and cannot be deleted.`);
      expect(world.sim.truth.log(seq)).toEqual([]);
      const { body } = await world.send({ method: 'GET', path: '/api/v0/machines' }, 'host');
      const left = (body as { machines: readonly { id: number }[] }).machines.map(({ id }) => id);
      expect(left).toContain(world.ids.machine);
    },
  },
  'create template': { check: accountNoted('template_created') },
  'delete template': {
    prepare: (world) =>
      world.send({ method: 'POST', path: '/api/v0/template/', body: { name: 'n', image: 'i' } }),
    // The recording's number 1 is nobody's: only one's own goes.
    check: async (world, reply, seq) => {
      expect(reply.status).toBe(400);
      expect(world.sim.truth.log(seq)).toEqual([]);
      const { template_id: id } = noted(world, 0, 'account', 'template_created');
      const body = { template_id: id };
      expect((await world.send({ method: 'DELETE', path: '/api/v0/template/', body })).status).toBe(200);
      expect(noted(world, seq, 'account', 'template_deleted').template_id).toBe(id);
    },
  },
  'create env-var': { check: accountNoted('secret_created') },
  'update env-var': {
    prepare: (world) =>
      world.send({ method: 'POST', path: '/api/v0/secrets/', body: { key: 'A', value: 'b' } }),
    check: accountNoted('secret_changed'),
  },
  'delete env-var': {
    prepare: (world) =>
      world.send({ method: 'POST', path: '/api/v0/secrets/', body: { key: 'A', value: 'b' } }),
    check: accountNoted('secret_deleted'),
  },
  'create volume': {
    check: (world, reply) => {
      expect(field(reply, 'volume_id')).toBe(world.ids.ownVolume);
      expect(volumeNotes(world)).toEqual(['created']);
    },
  },
  'delete volume': {
    prepare: (world) =>
      world.send({ method: 'PUT', path: '/api/v0/volumes/', body: { size: 20, id: world.ids.volume } }),
    check: (world, reply) => {
      expect(field(reply, 'success')).toBe(true);
      expect(volumeNotes(world)).toEqual(['created', 'deleted']);
    },
  },
  'transfer credit': {
    prepare: async ({ sim }) => sim.accounts.add({ role: 'renter', email: 'bob@example.org', credit: 0 }),
    check: (world, _, seq) => {
      const moved = world.sim.truth
        .log(seq)
        .filter(({ noun, what }) => noun === 'payment' && what === 'transfer');
      expect(moved.map(({ data }) => Number(data.amount_usd)).toSorted((a, b) => a - b)).toEqual([-1, 1]);
    },
  },
};

/** The entry whose name the command begins with, the longest first. */
export function effectOf(command: string): Effect | undefined {
  const name = Object.keys(EFFECTS)
    .toSorted((a, b) => b.length - a.length)
    .find((start) => command.startsWith(start));
  return name === undefined ? undefined : EFFECTS[name];
}
