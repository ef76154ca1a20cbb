import { describe, expect, it } from 'vitest';
import type { Offer } from '../a-sim.ts';
import { aRenter, CREATE_BODY, type Json, type Renter } from './a-renter.ts';

const created = (renter: Renter, id: number) =>
  renter.sim.truth.log().find((event) => event.id === id && event.what === 'created')?.data;

describe('renting an offer', () => {
  it('on demand makes a contract at the offer’s price, end and GPUs, which vanish for everybody', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer(2);
    const { status, body } = await renter.rent(offer.id, { label: 't1' });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['success', 'new_contract', 'instance_api_key']);
    expect(created(renter, body.new_contract as number)).toMatchObject({
      machine_id: offer.machine_id,
      gpu_ids: offer.gpu_ids,
      type: 'on-demand',
      price_per_hour: offer.dph_base,
      disk_gb: 10,
      label: 't1',
    });
    const slots = renter.sim.truth.slots().filter(({ gpuId }) => offer.gpu_ids.includes(gpuId));
    expect(slots.map(({ state }) => state)).toEqual(['on-demand', 'on-demand']);
    const again = await renter.search({ id: { eq: offer.id }, disable_bundling: true });
    expect(again[0]?.rentable).toBe(false);
  });

  it('works once for each offer, whatever cancel_unavail says', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    await renter.rented(offer.id);
    for (const cancel of [true, false, null]) {
      expect(await renter.rent(offer.id, { cancel_unavail: cancel })).toMatchObject({
        status: 410,
        body: {
          success: false,
          error: 'no_such_ask',
          msg: `error 410/3907: no_such_ask Instance type ${offer.id} is no longer available.`,
        },
      });
    }
    expect(renter.sim.truth.instances()).toHaveLength(1);
  });

  it('works again once the instance is gone', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    const id = await renter.rented(offer.id);
    await renter.send('DELETE', `/api/v0/instances/${id}/`);
    expect((await renter.rent(offer.id)).status).toBe(200);
  });

  it('of an offer that never was is a 404, and a 410 or 400 where that is asked for', async () => {
    expect(await aRenter().rent(31_000_001)).toMatchObject({
      status: 404,
      body: {
        error: 'no_such_ask',
        msg: 'error 404/3603: no_such_ask Instance type by id 31000001 is not available.',
      },
    });
    for (const status of [400, 404, 410] as const) {
      const renter = aRenter({ goneAskStatus: status });
      expect(await renter.rent(31_000_001)).toMatchObject({ status, body: { error: 'no_such_ask' } });
      const offer = await renter.anOffer();
      await renter.rented(offer.id);
      expect(await renter.rent(offer.id)).toMatchObject({ status, body: { error: 'no_such_ask' } });
    }
  });

  describe('whose GPUs somebody else has', () => {
    /** An offer of which a part was rented as a smaller offer. */
    const taken = async (): Promise<{ renter: Renter; offer: Offer }> => {
      const renter = aRenter();
      const offer = await renter.anOffer(2);
      const parts = await renter.search({
        machine_id: { eq: offer.machine_id },
        num_gpus: { eq: 1 },
        disable_bundling: true,
      });
      const part = parts.find(({ gpu_ids }) => gpu_ids.every((gpuId) => offer.gpu_ids.includes(gpuId)));
      await renter.rented(part?.id ?? 0);
      return { renter, offer };
    };

    it('makes a waiting instance that pays for its disk, as the official client asks for', async () => {
      const { renter, offer } = await taken();
      const id = await renter.rented(offer.id, { cancel_unavail: false });
      expect(renter.truthOf(id)).toMatchObject({ waiting: 'queued', holdsGpus: false, actual: 'created' });
      expect(renter.truthOf(id).billedPerHour.disk).toBeGreaterThan(0);
      expect(await renter.row(id)).toMatchObject({ intended_status: 'running', cur_state: 'stopped' });
    });

    it('is refused with cancel_unavail, which is the default on demand', async () => {
      const { renter, offer } = await taken();
      expect((await renter.rent(offer.id, { cancel_unavail: 'true' })).status).toBe(410);
      expect((await renter.rent(offer.id, { cancel_unavail: null })).status).toBe(410);
      // Not for a bid, nor for one that is not to be started.
      expect((await renter.rent(offer.id, { cancel_unavail: null, price: 0.01 })).status).toBe(200);
      expect((await renter.rent(offer.id, { cancel_unavail: null, target_state: 'stopped' })).status).toBe(
        200,
      );
      expect(renter.sim.truth.instances()).toHaveLength(3);
    });
  });

  it('needs credit', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    renter.sim.fail('credit-exhaustion');
    expect(await renter.rent(offer.id)).toMatchObject({
      status: 400,
      body: { error: 'insufficient_credit' },
    });
    expect(renter.sim.truth.instances()).toEqual([]);
  });

  it('is for a host on its own machines only, and free there', async () => {
    const renter = aRenter({ account: 'host', offers: 1_000 });
    const { body } = await renter.get('/api/v0/machines?owner=me');
    const own = (body.machines as { machine_id: number }[]).map(({ machine_id: id }) => id);
    const offers = await renter.search({
      rentable: { eq: true },
      disk_space: { gte: 10 },
      disable_bundling: true,
    });
    const mine = offers.find(({ machine_id: id }) => own.includes(id));
    const other = offers.find(({ machine_id: id }) => !own.includes(id));
    expect(await renter.rent(other?.id ?? 0)).toMatchObject({
      status: 403,
      body: {
        msg: `error 403/3586: Offer ${other?.id ?? 0} is not your own. Hosts can only rent their own machines.`,
      },
    });
    const id = await renter.rented(mine?.id ?? 0);
    await renter.until(id, ({ actual }) => actual === 'running');
    expect(renter.truthOf(id).billedPerHour).toEqual({ gpu: 0, disk: 0 });
  });

  it('takes the account’s SSH keys and a virtual machine needs one', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    expect(await renter.rent(offer.id, { vm: true })).toMatchObject({
      status: 400,
      body: { error: 'no_ssh_key_for_vm' },
    });
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG me@x';
    await renter.send('POST', '/api/v0/ssh/', { ssh_key: key });
    const id = await renter.rented(offer.id);
    const { body } = await renter.get(`/api/v0/instances/${id}/ssh/`);
    expect(JSON.parse(body.ssh_keys as string)).toEqual([{ id: 1, name: null, public_key: key }]);
  });
});

describe('what a request to rent may say', () => {
  const rows: readonly [name: string, changes: Json, refused: string | undefined][] = [
    ['no image', { image: null }, 'invalid_args'],
    ['an empty image', { image: '' }, 'invalid_args'],
    ['an image of 1,024 characters', { image: 'x'.repeat(1_024) }, undefined],
    ['an image of 1,025', { image: 'x'.repeat(1_025) }, 'invalid_args'],
    ['a disk of 8 GB', { disk: 8 }, undefined],
    ['a disk as text', { disk: '8.0' }, undefined],
    ['a disk of 7.9 GB', { disk: 7.9 }, 'invalid_args'],
    ['a disk that is no number', { disk: 'large' }, 'invalid_args'],
    ['a disk larger than the offer', { disk: 1_000_000 }, 'invalid_args'],
    ['a label of 256 characters', { label: 'x'.repeat(256) }, undefined],
    ['a label of 257', { label: 'x'.repeat(257) }, 'label_too_long'],
    ['an onstart of 4,048 characters', { onstart: 'x'.repeat(4_048) }, undefined],
    ['an onstart of 4,049', { onstart: 'x'.repeat(4_049) }, 'invalid_args'],
    ['onstart and args of 4,096', { onstart: 'x'.repeat(4_000), args: ['y'.repeat(96)] }, undefined],
    ['onstart and args of 4,097', { onstart: 'x'.repeat(4_000), args: ['y'.repeat(97)] }, 'invalid_args'],
    ['an env key of 256 characters', { env: { ['K'.repeat(256)]: 'v' } }, undefined],
    ['an env key of 257', { env: { ['K'.repeat(257)]: 'v' } }, 'invalid_args'],
    ['an env of 32,768', { env: { K: 'v'.repeat(32_767) } }, undefined],
    ['an env of 32,769', { env: { K: 'v'.repeat(32_768) } }, 'invalid_args'],
    ['an env that is a list', { env: ['A=b'] }, 'invalid_args'],
    ['64 ports', { env: ports(64) }, undefined],
    ['65 ports', { env: ports(65) }, 'invalid_args'],
    ['a bid of 0.001', { price: 0.001 }, undefined],
    ['a bid of 0.0009', { price: 0.0009 }, 'invalid_price'],
    ['a bid of 128 as text', { price: '128' }, undefined],
    ['a bid of 128.01', { price: 128.01 }, 'invalid_price'],
    ['a target state that is none', { target_state: 'paused' }, 'invalid_args'],
    ['a runtype that is none', { runtype: 'telnet' }, 'invalid_args'],
    ['a template that is none', { template_hash_id: 'abc' }, 'invalid_args'],
    ['a volume without a path', { volume_info: { volume_id: 55 } }, 'invalid_args'],
  ];
  it.each(rows)('%s', async (_, changes, refused) => {
    const renter = aRenter();
    const { status, body } = await renter.rent((await renter.anOffer()).id, changes);
    expect([status, body.error]).toEqual(refused === undefined ? [200, undefined] : [400, refused]);
    expect(renter.sim.truth.instances()).toHaveLength(refused === undefined ? 1 : 0);
  });

  const runtypes: readonly [sent: string | null, shown: string][] = [
    ['ssh', 'ssh'],
    [null, 'ssh'],
    ['ssh_proxy', 'ssh_proxy'],
    ['ssh_direct', 'ssh_direc'],
    ['ssh_direc ssh_proxy', 'ssh_direc ssh_proxy'],
    ['jupyter_proxy ssh_proxy', 'jupyter_proxy ssh_proxy'],
    ['jupyter_direc ssh_direc ssh_proxy', 'jupyter_direc ssh_direc ssh_proxy'],
    ['jupyter_direct', 'jupyter_direc'],
    ['args', 'args'],
  ];
  it.each(runtypes)('runtype %s is %s', async (runtype, shown) => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id, { runtype });
    expect((await renter.row(id))?.image_runtype).toBe(shown);
  });

  it('args without a runtype run as the command', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id, { runtype: null, args: ['-c', 'sleep 9'] });
    expect(await renter.row(id)).toMatchObject({ image_runtype: 'args', image_args: ['-c', 'sleep 9'] });
  });

  it('the environment as an object, with docker’s flags as keys', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id, {
      env: { '-p 8081:8081/udp': '1', '-p 70001:70001': '1', TZ: 'UTC', '-h': 'billybob' },
      runtype: 'ssh_direc ssh_proxy',
    });
    expect((await renter.row(id))?.extra_env).toEqual([
      ['-p 8081:8081/udp', '1'],
      ['-p 70001:70001', '1'],
      ['TZ', 'UTC'],
      ['-h', 'billybob'],
    ]);
    await renter.until(id, ({ actual }) => actual === 'running');
    const { ports: open } = (await renter.row(id)) as { ports: Record<string, { HostPort: string }[]> };
    expect(Object.keys(open).sort()).toEqual(['22/tcp', '70001/tcp', '8081/udp']);
    expect(open['70001/tcp']).toEqual([{ HostIp: '0.0.0.0', HostPort: '70001' }]);
    expect(Number(open['8081/udp']?.[0]?.HostPort)).toBeGreaterThanOrEqual(40_000);
  });

  it('the environment as docker’s own text', async () => {
    const renter = aRenter();
    const id = await renter.rented((await renter.anOffer()).id, {
      env: `-e TZ=UTC -e "NAME=a b" -p 80:80 -h billybob`,
    });
    expect((await renter.row(id))?.extra_env).toEqual([
      ['TZ', 'UTC'],
      ['NAME', 'a b'],
      ['-p 80:80', '1'],
      ['-h', 'billybob'],
    ]);
  });
});

describe('renting by template', () => {
  const template = {
    name: 'n',
    image: 'repo/image',
    tag: '2.1',
    env: '-e A=template -e B=template -p 80:80',
    onstart: 'echo template',
    runtype: 'ssh',
    use_ssh: true,
    ssh_direct: true,
    recommended_disk_space: 20,
    private: true,
  };
  const withTemplate = async () => {
    const renter = aRenter();
    const { body } = await renter.send('POST', '/api/v0/template/', template);
    const { id, hash_id: hashId } = body.template as { id: number; hash_id: string };
    return { renter, id, hashId, offer: await renter.anOffer() };
  };

  it('takes what the request gives as null from the template', async () => {
    const { renter, id, hashId, offer } = await withTemplate();
    const { runtype: _, ...body } = CREATE_BODY;
    const { body: answer } = await renter.put(`/api/v0/asks/${offer.id}/`, {
      ...body,
      image: null,
      disk: null,
      template_hash_id: hashId,
    });
    expect(await renter.row(answer.new_contract as number)).toMatchObject({
      image_uuid: 'repo/image:2.1',
      image_runtype: 'ssh_direc ssh_proxy',
      onstart: 'echo template',
      disk_space: 20,
      template_id: id,
      template_hash_id: hashId,
      template_name: 'n',
      extra_env: [
        ['A', 'template'],
        ['B', 'template'],
        ['-p 80:80', '1'],
      ],
    });
  });

  it('lets the request win: texts replace, the environment merges by key', async () => {
    const { renter, id, offer } = await withTemplate();
    const instance = await renter.rented(offer.id, {
      template_id: id,
      image: 'mine:1',
      onstart: 'echo mine',
      env: { B: 'mine', C: 'mine' },
      runtype: 'args',
    });
    expect(await renter.row(instance)).toMatchObject({
      image_uuid: 'mine:1',
      image_runtype: 'args',
      onstart: 'echo mine',
      disk_space: 10,
      extra_env: [
        ['A', 'template'],
        ['B', 'mine'],
        ['-p 80:80', '1'],
        ['C', 'mine'],
      ],
    });
  });

  it('counts the use of the template', async () => {
    const { renter, hashId, offer } = await withTemplate();
    await renter.rented(offer.id, { template_hash_id: hashId });
    const { body } = await renter.get('/api/v0/template/?select_cols=%5B%22*%22%5D&select_filters=%7B%7D');
    const rows = body.templates as { hash_id: string; count_created: number }[];
    expect(rows.find((row) => row.hash_id === hashId)?.count_created).toBe(1);
  });

  it('picks the tag of the service’s own images by the driver', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    const id = await renter.rented(offer.id, { image: 'vastai/pytorch:@vastai-automatic-tag' });
    expect((await renter.row(id))?.image_uuid).toBe(
      `vastai/pytorch:cuda-${Number(offer.cuda_max_good).toFixed(1)}-auto`,
    );
  });
});

function ports(count: number): Json {
  return Object.fromEntries(Array.from({ length: count }, (_, port) => [`-p ${8_000 + port}:80`, '1']));
}
