// Looking into an instance: logs, commands, keys, its template; and what a container behind it is told.
import { describe, expect, it } from 'vitest';
import type { Container, Instance } from '../../../src/sim/instances/index.ts';
import { aRenter, type Renter } from './a-renter.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG me@x';

async function running(): Promise<{ renter: Renter; id: number }> {
  const renter = aRenter();
  const id = await renter.rented((await renter.anOffer()).id);
  await renter.until(id, ({ actual }) => actual === 'running');
  return { renter, id };
}

/** The file behind a result's address, fetched without a key. */
const result = async (renter: Renter, url: unknown) => await renter.sim.fetch(String(url));

describe('a log', () => {
  it('is there a second after it was asked for, without a key', async () => {
    const { renter, id } = await running();
    const { status, body } = await renter.put(`/api/v0/instances/request_logs/${id}/`, {});
    expect(status).toBe(200);
    expect(body.success).toBe(true);
    expect((await result(renter, body.result_url)).status).toBe(404);
    await renter.clock.step(600);
    expect((await result(renter, body.result_url)).status).toBe(404);
    await renter.clock.step(1_400);
    const file = await result(renter, body.result_url);
    expect(file.status).toBe(200);
    expect(await file.text()).toContain(`C.${id} running (running)\n`);
    expect((await result(renter, `${String(body.result_url)}x`)).status).toBe(404);
  });

  it('is cut to its last lines and to those that contain a text, all given as strings', async () => {
    const { renter, id } = await running();
    const read = async (changes: object) => {
      const { body } = await renter.put(`/api/v0/instances/request_logs/${id}/`, changes);
      await renter.clock.step(2_000);
      return (await (await result(renter, body.result_url)).text()).split('\n').filter(Boolean);
    };
    const all = await read({ daemon_logs: 'true' });
    expect(await read({ tail: '2', daemon_logs: 'true' })).toEqual(all.slice(-2));
    expect(await read({ filter: 'loading', tail: '50' })).toEqual(
      all.filter((line) => line.includes('loading')),
    );
    expect(await read({ tail: '0' })).toEqual([]);
    expect((await renter.put(`/api/v0/instances/request_logs/${id}/`, { tail: 'all' })).status).toBe(400);
    expect((await renter.put('/api/v0/instances/request_logs/1/', {})).status).toBe(404);
  });
});

describe('a command', () => {
  it('runs, also in a stopped instance, and its output can be read', async () => {
    const { renter, id } = await running();
    await renter.put(`/api/v0/instances/${id}/`, { state: 'stopped' });
    const { status, body } = await renter.put(`/api/v0/instances/command/${id}/`, { command: 'du -sh .' });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['success', 'writeable_path', 'result_url', 'msg']);
    await renter.clock.step(2_000);
    expect(await (await result(renter, body.result_url)).text()).toBe('4.0K\t.\n');
    expect(renter.log(id)).toContain('command_run');
  });

  it.each([
    ['ls -l', 200],
    ['rm -rf /workspace/x', 200],
    ['cat /etc/passwd', 400],
    ['lsof', 400],
    ['', 400],
    [`ls ${'x'.repeat(509)}`, 200],
    [`ls ${'x'.repeat(510)}`, 400],
    [undefined, 483],
    [['ls'], 483],
  ])('%s is answered with %i', async (command, status) => {
    const { renter, id } = await running();
    expect((await renter.put(`/api/v0/instances/command/${id}/`, { command })).status).toBe(status);
  });
});

describe('SSH keys of an instance', () => {
  it('are listed as JSON in a string, attached once, detached by their id', async () => {
    const { renter, id } = await running();
    const path = `/api/v0/instances/${id}/ssh/`;
    expect((await renter.get(path)).body).toEqual({ success: true, ssh_keys: '[]' });
    for (let time = 0; time < 2; time += 1) {
      expect((await renter.send('POST', path, { ssh_key: KEY })).body).toEqual({
        success: true,
        msg: 'SSH key attached successfully',
      });
    }
    const keys = JSON.parse((await renter.get(path)).body.ssh_keys as string) as { id: number }[];
    expect(keys).toEqual([{ id: keys[0]?.id, name: null, public_key: KEY }]);
    expect((await renter.send('DELETE', `${path}${keys[0]?.id ?? 0}/`)).body).toEqual({ success: true });
    expect((await renter.send('DELETE', `${path}${keys[0]?.id ?? 0}/`)).status).toBe(404);
    expect((await renter.get(path)).body.ssh_keys).toBe('[]');
    expect(renter.log(id).slice(-2)).toEqual(['ssh_key_attached', 'ssh_key_detached']);
  });

  it('must be keys', async () => {
    const { renter, id } = await running();
    const path = `/api/v0/instances/${id}/ssh/`;
    for (const key of ['', 'me@x', null]) {
      expect(await renter.send('POST', path, { ssh_key: key })).toMatchObject({
        status: 400,
        body: { error: 'no_ssh_key' },
      });
    }
  });

  it('of the account reach new instances only', async () => {
    const { renter, id } = await running();
    await renter.send('POST', '/api/v0/ssh/', { ssh_key: KEY });
    const later = await renter.rented((await renter.anOffer(2)).id);
    const count = async (of: number) =>
      (JSON.parse((await renter.get(`/api/v0/instances/${of}/ssh/`)).body.ssh_keys as string) as unknown[])
        .length;
    expect([await count(id), await count(later)]).toEqual([0, 1]);
  });
});

describe('updating the template of an instance', () => {
  it('changes what it is made from at the next recycling', async () => {
    const { renter, id } = await running();
    const { body: made } = await renter.send('POST', '/api/v0/template/', {
      name: 'n',
      image: 'repo/image',
      tag: '2',
      env: '-e A=b',
      onstart: 'echo hi',
      runtype: 'ssh',
    });
    const { hash_id: hashId } = made.template as { hash_id: string };
    const path = `/api/v0/instances/update_template/${id}/`;
    const { body } = await renter.put(path, { id, template_hash_id: hashId });
    expect(body).toMatchObject({ success: true, updated_instance: { id, image_uuid: 'repo/image:2' } });
    expect(renter.truthOf(id).actual).toBe('running');
    await renter.put(`/api/v0/instances/recycle/${id}/`);
    await renter.wait(10 * 60_000);
    expect(await renter.row(id)).toMatchObject({
      onstart: 'echo hi',
      extra_env: [['A', 'b']],
      status_msg: 'success, running repo/image_2/ssh_proxy',
    });
    expect((await renter.put(path, { template_hash_id: 'abc' })).status).toBe(400);
  });
});

describe('a snapshot', () => {
  it('names its image by instance and time, and needs a repository', async () => {
    const { renter, id } = await running();
    const path = `/api/v0/instances/take_snapshot/${id}/`;
    expect((await renter.send('POST', path, { id })).status).toBe(400);
    const { body } = await renter.send('POST', path, { personal_repo: 'me/image', pause: 'false' });
    const second = Math.floor(renter.clock.now() / 1_000);
    expect(body.image).toBe(`docker.io/me/image:instance_${id}_at_${second}`);
  });
});

describe('the container behind an instance', () => {
  /** Writes down what it is told. */
  const recording = () => {
    const calls: string[] = [];
    const made: Instance[] = [];
    let exit: () => void = () => undefined;
    let sshPort: number | undefined;
    const note = (what: string) => async (): Promise<void> => {
      calls.push(what);
      await Promise.resolve();
    };
    const container: Container = {
      start: async () => {
        sshPort = 22_022;
        await note('start')();
      },
      stop: async () => {
        sshPort = undefined;
        await note('stop')();
      },
      reboot: note('reboot'),
      recycle: note('recycle'),
      destroy: note('destroy'),
      get sshPort() {
        return sshPort;
      },
      sshHost: '127.0.0.1',
      logs: async () => await Promise.resolve('one\ntwo error\nthree\n'),
      execute: async (command) => await Promise.resolve(`ran ${command}\n`),
      diskUsedGb: () => 1.5,
      trafficGb: () => ({ up: 0.25, down: 0.5 }),
      befall: async (fault) => await note(fault)(),
    };
    const make = (instance: Instance, onExit: () => void) => {
      made.push(instance);
      exit = onExit;
      return container;
    };
    return { calls, made, make, exit: () => exit() };
  };

  const inside = async () => {
    const recorder = recording();
    const renter = aRenter({}, recorder.make);
    const id = await renter.rented((await renter.anOffer()).id, { runtype: 'ssh_direc ssh_proxy' });
    await renter.until(id, ({ actual }) => actual === 'running');
    return { ...recorder, renter, id };
  };

  it('is made at the first boot and told of every act, in order', async () => {
    const { renter, id, calls, made } = await inside();
    const path = `/api/v0/instances/${id}/`;
    await renter.put(path, { state: 'stopped' });
    await renter.put(path, { state: 'running' });
    await renter.until(id, ({ actual }) => actual === 'running');
    await renter.put(`/api/v0/instances/reboot/${id}/`);
    await renter.wait(60_000);
    await renter.put(`/api/v0/instances/recycle/${id}/`);
    await renter.wait(600_000);
    renter.sim.fail('slow-ssh', { id });
    await renter.send('DELETE', path);
    await renter.wait(1_000);
    expect(calls).toEqual(['start', 'stop', 'start', 'reboot', 'recycle', 'start', 'slow-ssh', 'destroy']);
    expect(made.map((instance) => instance.id)).toEqual([id]);
  });

  it('answers for its log, its commands, its disk and its address', async () => {
    const { renter, id } = await inside();
    const read = async (url: unknown) => {
      await renter.clock.step(2_000);
      return await (await result(renter, url)).text();
    };
    const log = await renter.put(`/api/v0/instances/request_logs/${id}/`, { filter: 'error' });
    expect(await read(log.body.result_url)).toBe('two error\n');
    const output = await renter.put(`/api/v0/instances/command/${id}/`, { command: 'ls' });
    expect(await read(output.body.result_url)).toBe('ran ls\n');
    await renter.row(id);
    expect(await renter.row(id)).toMatchObject({
      disk_usage: 1.5,
      public_ipaddr: '127.0.0.1',
      ssh_host: '127.0.0.1',
      ssh_port: 22_022,
      ports: { '22/tcp': [{ HostIp: '0.0.0.0', HostPort: '22022' }] },
    });
  });

  it('pays for what went through it, up and down', async () => {
    const { renter, id } = await inside();
    await renter.send('DELETE', `/api/v0/instances/${id}/`);
    const traffic = renter.sim.truth
      .log()
      .filter(({ noun, what }) => noun === 'charge' && what.startsWith('bw'));
    expect(traffic.map(({ what, data }) => [what, data.quantity])).toEqual([
      ['bwu', 0.25],
      ['bwd', 0.5],
    ]);
  });

  it('loses its processes with the machine’s power, and not with its line only', async () => {
    const ways = new Map<string, boolean>();
    for (let seed = 1; seed <= 12 && ways.size < 2; seed += 1) {
      const { calls, make } = recording();
      const renter = aRenter({ seed }, make);
      const id = await renter.rented((await renter.anOffer()).id);
      await renter.until(id, ({ actual }) => actual === 'running');
      for (let hour = 0; hour < 24 * 60 && !renter.log(id).includes('online'); hour += 1) {
        await renter.clock.step(3_600_000);
      }
      await renter.clock.step(1);
      const log = renter.sim.truth.log().filter((event) => event.id === id);
      const online = log.find(({ what }) => what === 'online');
      // Some contracts end before the machine ever fails.
      if (online) ways.set(String(online.data.actual_status), calls.includes('stop'));
    }
    expect(ways).toEqual(
      new Map([
        ['running', false],
        ['exited', true],
      ]),
    );
  });

  it('that does not come up leaves the instance exited, with the reason, and its GPU unbilled', async () => {
    const { make } = recording();
    const broken = (instance: Instance, onExit: () => void): Container => ({
      ...make(instance, onExit),
      start: async () => await Promise.reject(new Error('no more processes')),
    });
    const renter = aRenter({}, broken);
    const id = await renter.rented((await renter.anOffer()).id);
    await renter.until(id, ({ actual }) => actual === 'exited');
    await renter.wait(60_000);
    expect(renter.truthOf(id)).toMatchObject({
      actual: 'exited',
      holdsGpus: true,
      billedPerHour: { gpu: 0 },
    });
    expect((await renter.row(id))?.status_msg).toBe('Error response from daemon: Error: no more processes');
  });

  it('pays for what a container made anew lets through, which counts from zero', async () => {
    const { make } = recording();
    let up = 0;
    const counting = (instance: Instance, onExit: () => void): Container => ({
      ...make(instance, onExit),
      trafficGb: () => ({ up, down: 0 }),
    });
    const renter = aRenter({}, counting);
    const id = await renter.rented((await renter.anOffer()).id);
    await renter.until(id, ({ actual }) => actual === 'running');
    for (up of [2, 3, 0.5]) await renter.wait(120_000);
    const traffic = renter.sim.truth.log().filter(({ noun, what }) => noun === 'charge' && what === 'bwu');
    expect(traffic.map(({ id: of, data }) => [of, data.quantity])).toEqual([
      [id, 2],
      [id, 1],
      [id, 0.5],
    ]);
  });

  it('ends the instance’s run when its command ends by itself; its GPU is held and not billed', async () => {
    const { renter, id, exit } = await inside();
    exit();
    expect(renter.truthOf(id)).toMatchObject({
      actual: 'exited',
      intended: 'running',
      holdsGpus: true,
      billedPerHour: { gpu: 0 },
    });
    await renter.put(`/api/v0/instances/${id}/`, { state: 'running' });
    await renter.until(id, ({ actual }) => actual === 'running');
  });
});
