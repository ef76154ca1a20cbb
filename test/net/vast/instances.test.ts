// What can be done to instances, each against the simulator with the truth beside it.
import {
  InsufficientCreditError,
  InvalidRequestError,
  MalformedAnswerError,
  NoSuchInstanceError,
  OfferGoneError,
  SecondFactorError,
  UnauthorizedError,
} from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/base/std/index.ts';
import { DAY, HOUR } from '../../sim/a-sim.ts';
import { aTenant } from './a-tenant.ts';
import { failureOf, json, scriptedService, settle } from './scripted-service.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG me@x';

describe('an instance that was rented', () => {
  it('is there with what was asked for, and read back in our words', async () => {
    const { client, done, anOffer, truthOf, until, sim } = aTenant();
    const offer = await anOffer();
    const created = await done(
      client.instances.create(offer.id, {
        image: 'pytorch/pytorch:latest',
        diskGb: 24,
        label: 'job 7',
        env: { TZ: 'UTC' },
        ports: [{ port: 8081, protocol: 'udp' }],
        onstart: 'echo hi',
      }),
    );
    const { instanceId } = created;
    expect(truthOf(instanceId)).toMatchObject({
      machineId: offer.machine_id,
      type: 'on-demand',
      intended: 'running',
    });
    await until(instanceId, ({ actual }) => actual === 'running');
    const instance = await done(client.instances.get(instanceId));
    expect(instance).toMatchObject({
      id: instanceId,
      machineId: offer.machine_id,
      label: 'job 7',
      actualStatus: 'running',
      intendedStatus: 'running',
      currentState: 'running',
      image: 'pytorch/pytorch:latest',
      runtype: 'ssh_direc ssh_proxy',
      onstart: 'echo hi',
      gpuName: offer.gpu_name,
      gpuCount: 1,
      diskGb: 24,
      isInterruptible: false,
      gpuPricePerHour: truthOf(instanceId).gpuPricePerHour,
      endsAtMs: Math.round(truthOf(instanceId).endMs / 1_000) * 1_000,
      startedAtMs: truthOf(instanceId).createdMs,
    });
    expect(
      instance?.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`).sort(),
    ).toEqual(['22/tcp', '8081/udp']);
    const direct = instance?.ports.find(({ containerPort }) => containerPort === 22);
    expect(instance?.ssh.direct).toEqual({ host: instance?.publicIp, port: direct?.hostPort });
    expect(instance?.ssh.proxy?.host).toMatch(/^ssh\d\.vast\.ai$/);
    expect(instance?.pricePerHour).toBeGreaterThan(instance?.gpuPricePerHour ?? Number.NaN);
    // The key of the instance may stop it, and nothing else.
    expect(created.instanceKey?.reveal()).toMatch(/\S{16,}/);
    expect(String(created.instanceKey)).toBe('****');
    expect(sim.truth.instances()).toHaveLength(1);
  });

  it('by bid is interruptible at that price', async () => {
    const { client, done, anOffer, truthOf } = aTenant();
    const offer = await anOffer();
    const bidPerHour = Number((offer.min_bid * 1.5).toFixed(3));
    const { instanceId } = await done(
      client.instances.create(offer.id, { image: 'pytorch/pytorch', bidPerHour }),
    );
    expect(truthOf(instanceId)).toMatchObject({ type: 'bid', gpuPricePerHour: bidPerHour });
    const higher = Number((offer.min_bid * 2).toFixed(3));
    await done(client.instances.changeBid(instanceId, higher));
    expect(truthOf(instanceId).gpuPricePerHour).toBe(higher);
    await done(client.instances.changeBid(instanceId, undefined));
    expect(truthOf(instanceId).holdsGpus).toBe(true);
    expect(await done(client.instances.get(instanceId))).toMatchObject({
      isInterruptible: true,
      gpuPricePerHour: truthOf(instanceId).gpuPricePerHour,
    });
  });

  it('stops, starts, is labelled, rebooted and recycled', async () => {
    const { client, done, running, truthOf, until, log } = aTenant();
    const id = await running();
    expect(await done(client.instances.setState(id, 'stopped'))).toBe('done');
    await until(id, ({ actual }) => actual !== 'running');
    expect(truthOf(id)).toMatchObject({ intended: 'stopped', holdsGpus: false });
    expect(await done(client.instances.setState(id, 'running'))).toBe('done');
    await until(id, ({ actual }) => actual === 'running');
    await done(client.instances.label(id, 'other'));
    expect((await done(client.instances.get(id)))?.label).toBe('other');
    await done(client.instances.reboot(id));
    await until(id, ({ actual }) => actual === 'running');
    await done(client.instances.recycle(id));
    expect(log(id)).toEqual(expect.arrayContaining(['labelled']));
    expect((await done(client.instances.get(id)))?.actualStatus).toBe('recycling');
  });

  it('whose GPUs were taken while it stood is queued', async () => {
    const { client, done, running, truthOf, until, rented, sim, clock } = aTenant();
    const id = await running();
    await done(client.instances.setState(id, 'stopped'));
    await until(id, ({ actual }) => actual !== 'running');
    const { machineId, gpuIds } = truthOf(id);
    const search = await done(
      client.offers.searchBody({
        machine_id: { eq: machineId },
        disable_bundling: true,
        rentable: { eq: true },
      }),
    );
    const same = search.offers.find((offer) => offer.gpuIds?.some((gpuId) => gpuIds.includes(gpuId)));
    await clock.step(5_000);
    await rented(same?.id ?? 0);
    expect(await done(client.instances.setState(id, 'running'))).toBe('queued');
    expect(truthOf(id)).toMatchObject({ intended: 'running', holdsGpus: false, waiting: 'queued' });
    expect(sim.truth.instances()).toHaveLength(2);
  });

  it('is destroyed, and is not found the second time', async () => {
    const { client, done, running, truthOf } = aTenant();
    const id = await running();
    expect(await done(client.instances.destroy(id))).toBe('accepted');
    expect(truthOf(id).destroyedMs).toBeDefined();
    expect(await done(client.instances.destroy(id))).toBe('not-found');
    expect(await done(client.instances.get(id))).toBeUndefined();
    expect(await done(client.instances.list())).toMatchObject({
      total: 0,
      instances: [],
      faults: [],
      pages: 1,
    });
  });

  it('goes with others in one call', async () => {
    const { client, done, failed, running, truthOf, sim } = aTenant();
    const ids = [await running('one'), await running('two'), await running('three')];
    const [first = 0, second = 0, third = 0] = ids;
    await done(client.instances.destroyMany([first, second, 999_999]));
    expect(truthOf(first).destroyedMs).toBeDefined();
    expect(truthOf(second).destroyedMs).toBeDefined();
    expect(truthOf(third).destroyedMs).toBeUndefined();
    const before = sim.truth.log().length;
    for (const ids of [[Number.NaN], [0], Array.from({ length: 101 }, (_, at) => at + 1)]) {
      expect(await failed(client.instances.destroyMany(ids))).toBeInstanceOf(InvalidRequestError);
    }
    expect(sim.truth.log()).toHaveLength(before);
  });

  it('is looked into by logs and commands, a moment later', async () => {
    const { client, done, failed, running } = aTenant();
    const id = await running();
    const all = await done(client.instances.logs(id, { isDaemonLog: true }));
    expect(all).toContain(`C.${id}`);
    const lines = all.trim().split('\n');
    expect(await done(client.instances.logs(id, { isDaemonLog: true, tail: 1 }))).toBe(`${lines.at(-1)}\n`);
    const found = await done(client.instances.logs(id, { isDaemonLog: true, filter: 'running' }));
    expect(found.split('\n').length).toBeLessThan(lines.length);
    expect(await done(client.instances.execute(id, 'du -s .'))).toContain('4.0K');
    expect(await failed(client.instances.execute(id, 'cat /etc/passwd'))).toBeInstanceOf(InvalidRequestError);
  });

  it('is imaged, and gets another image at its next recycling', async () => {
    const { client, done, running, log, sim } = aTenant();
    const id = await running();
    const said = await done(
      client.instances.snapshot(id, { repository: 'me/mine', user: 'me', password: new Secret('hunter22') }),
    );
    expect(said).toContain('docker.io/me/mine:');
    expect(log(id)).toContain('snapshot_taken');
    await done(
      client.instances.updateTemplate(id, { image: 'ubuntu:24.04', onstart: 'true', env: { A: 'b' } }),
    );
    expect(await done(client.instances.get(id))).toMatchObject({ image: 'ubuntu:24.04', onstart: 'true' });
    const { machineId } = sim.truth.instances()[0] ?? { machineId: 0 };
    await done(client.instances.reportMachine(machineId, { problem: 'slow', message: 'half the speed' }));
    expect(sim.truth.log()).toContainEqual(
      expect.objectContaining({
        noun: 'machine',
        id: machineId,
        what: 'reported',
        data: expect.objectContaining({ problem: 'slow' }),
      }),
    );
  });

  it('is paid ahead, which shows in its deposit', async () => {
    const { client, done, failed, running, truthOf, sim } = aTenant();
    const id = await running();
    const before = sim.truth.accounts()[0]?.creditUsd ?? 0;
    const prepaid = await done(client.instances.prepay(id, 50));
    expect(prepaid.months).toBeGreaterThan(0);
    expect(truthOf(id).type).toBe('reserved');
    expect(sim.truth.accounts()[0]?.creditUsd).toBeCloseTo(before - 50, 0);
    const deposit = await done(client.instances.deposit(id));
    expect(deposit.refundableUsd).toBeGreaterThan(0);
    expect(deposit.refundableUsd).toBeLessThanOrEqual(50);
    expect((await done(client.instances.get(id)))?.depositLeftUsd).toBeCloseTo(50, 0);
    expect(await failed(client.instances.prepay(id, 1e6))).toBeInstanceOf(InsufficientCreditError);
  });

  it('has SSH keys that are attached, listed and detached', async () => {
    const { client, done, failed, running, log } = aTenant();
    const id = await running();
    expect(await done(client.instances.sshKeys.list(id))).toEqual([]);
    await done(client.instances.sshKeys.attach(id, KEY));
    await done(client.instances.sshKeys.attach(id, KEY));
    const keys = await done(client.instances.sshKeys.list(id));
    expect(keys).toEqual([{ id: expect.any(Number), name: null, publicKey: KEY }]);
    await done(client.instances.sshKeys.detach(id, keys[0]?.id ?? 0));
    expect(await done(client.instances.sshKeys.list(id))).toEqual([]);
    expect(log(id).filter((what) => what.startsWith('ssh_key_'))).toEqual([
      'ssh_key_attached',
      'ssh_key_detached',
    ]);
    const twice = await failed(client.instances.sshKeys.detach(id, keys[0]?.id ?? 0));
    expect(twice).toBeInstanceOf(InvalidRequestError);
    expect(twice).toMatchObject({ code: 'no_such_ssh_key' });
  });

  it('is offered a higher price, which the renter accepts or refuses', async () => {
    const tenant = aTenant();
    const { client, done, failed, sim, truthOf, clock, clientOf } = tenant;
    const host = clientOf(sim.hostApiKey ?? '');
    const { hostId } = sim.truth.accounts().find(({ role }) => role === 'host') ?? {};
    const { offers } = await done(
      client.offers.searchBody({
        host_id: { eq: hostId },
        rentable: { eq: true },
        num_gpus: { eq: 1 },
        disable_bundling: true,
      }),
    );
    expect(host.baseUrl).toBe(client.baseUrl);
    const offer = offers[0];
    const { instanceId } = await done(client.instances.create(offer?.id ?? 0, { image: 'ubuntu' }));
    const price = truthOf(instanceId).gpuPricePerHour;
    const ask = async (endDateSec: number) => {
      const body = JSON.stringify({
        machine: truthOf(instanceId).machineId,
        // Renters pay a quarter of their price to the service.
        price_gpu: price * 1.5 * 0.75,
        end_date: endDateSec,
      });
      const response = await sim.fetch('https://console.vast.ai/api/v0/machines/create_asks/', {
        method: 'PUT',
        headers: { authorization: `Bearer ${sim.hostApiKey}` },
        body,
      });
      await clock.step(5_000);
      return response.status;
    };
    const endSec = truthOf(instanceId).endMs / 1_000;
    expect(await ask(endSec + 20 * 86_400)).toBe(200);
    const { increases, isTruncated } = await done(client.instances.priceIncreases.list());
    expect(isTruncated).toBe(false);
    expect(increases).toMatchObject([
      {
        instanceId,
        before: { gpuPricePerHour: expect.closeTo(price, 6) },
        after: { gpuPricePerHour: expect.closeTo(price * 1.5, 6) },
      },
    ]);
    const increaseId = increases[0]?.id ?? 0;
    await done(client.instances.priceIncreases.reject(increaseId));
    expect(truthOf(instanceId).gpuPricePerHour).toBe(price);
    const late = await failed(client.instances.priceIncreases.accept(increaseId));
    expect(late).toBeInstanceOf(InvalidRequestError);
    expect(late).toMatchObject({ code: 'no_pending_price_increase' });
    expect(await ask(endSec + 30 * 86_400)).toBe(200);
    const again = await done(client.instances.priceIncreases.list());
    await done(client.instances.priceIncreases.accept(again.increases[0]?.id ?? 0));
    expect(truthOf(instanceId).gpuPricePerHour).toBeCloseTo(price * 1.5, 9);
    expect(truthOf(instanceId).endMs).toBeGreaterThan(endSec * 1_000 + 10 * DAY);
  });
});

describe('a refusal', () => {
  it('for an offer that is gone says to take the next one, and rents nothing', async () => {
    for (const goneAskStatus of [400, 404, 410] as const) {
      const { client, done, failed, anOffer, sim } = aTenant({ goneAskStatus });
      const offer = await anOffer();
      await done(client.instances.create(offer.id, { image: 'ubuntu' }));
      const gone = await failed(client.instances.create(offer.id, { image: 'ubuntu' }));
      expect(gone).toBeInstanceOf(OfferGoneError);
      expect(gone).toMatchObject({ offerId: offer.id, code: 'no_such_ask' });
      expect(sim.truth.instances()).toHaveLength(1);
    }
  });

  it('of an account without credit is of that kind', async () => {
    const { client, failed, anOffer, sim } = aTenant({ credit: 0 });
    const offer = await anOffer();
    const poor = await failed(client.instances.create(offer.id, { image: 'ubuntu' }));
    expect(poor).toBeInstanceOf(InsufficientCreditError);
    expect(poor.message).toContain('billing');
    expect(sim.truth.instances()).toHaveLength(0);
  });

  it('for an instance that there is not names it', async () => {
    const { client, failed, done } = aTenant();
    for (const call of [
      () => client.instances.setState(4242, 'stopped'),
      () => client.instances.reboot(4242),
      () => client.instances.logs(4242),
      () => client.instances.sshKeys.attach(4242, KEY),
      () => client.instances.deposit(4242),
    ]) {
      const failure = await failed(call());
      expect(failure).toBeInstanceOf(NoSuchInstanceError);
      expect(failure).toMatchObject({ instanceId: 4242 });
    }
    expect(await done(client.instances.get(4242))).toBeUndefined();
  });

  it('for want of the second factor, or after its session, is told from a wrong key', async () => {
    const { sim, failed, clientOf, clock, done } = aTenant();
    const { apiKey } = sim.accounts.add({ secondFactorCode: '123456', credit: 10 });
    const guarded = await failed(clientOf(apiKey).sshKeys.add(KEY));
    expect(guarded).toBeInstanceOf(SecondFactorError);
    expect(guarded).toBeInstanceOf(UnauthorizedError);
    const login = await sim.fetch('https://console.vast.ai/api/v0/tfa/', {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ code: '123456' }),
    });
    const { session_key: session } = (await login.json()) as { session_key: string };
    await done(clientOf(session).sshKeys.add(KEY));
    await clock.step(25 * HOUR);
    expect(await failed(clientOf(session).instances.destroy(1))).toBeInstanceOf(SecondFactorError);
    const wrong = await failed(clientOf('no-such-key-at-all').instances.destroy(1));
    expect(wrong).toBeInstanceOf(UnauthorizedError);
    expect(wrong).not.toBeInstanceOf(SecondFactorError);
  });

  it('of a wrong key is never taken for "not found", whatever its status', async () => {
    for (const badKeyStatus of [401, 404] as const) {
      const { failed, clientOf } = aTenant({ badKeyStatus });
      const stranger = clientOf('no-such-key-at-all');
      expect(await failed(stranger.instances.get(1))).toBeInstanceOf(UnauthorizedError);
      expect(await failed(stranger.instances.destroy(1))).toBeInstanceOf(UnauthorizedError);
      expect(await failed(stranger.instances.list())).toBeInstanceOf(UnauthorizedError);
    }
  });

  it('with 404 by somebody else than the service is never taken for "not found"', async () => {
    for (const body of [
      '<html>404 Not Found</html>',
      '{"detail":"Not found."}',
      '',
      '{"error":"no such route"}',
    ]) {
      const answer = () =>
        new Response(body, { status: 404, headers: { 'content-type': 'application/json' } });
      const { client, clock } = scriptedService([answer]);
      expect(await failureOf(clock, client.instances.get(7))).toBeInstanceOf(InvalidRequestError);
      expect(await failureOf(clock, client.instances.destroy(7))).toBeInstanceOf(InvalidRequestError);
    }
  });
});

describe('one instance', () => {
  it('is not what was not found where the route names a key as well', async () => {
    const answer = json({ success: false, error: 'not_found', msg: 'no such key' }, { status: 404 });
    const { client, clock } = scriptedService([answer]);
    const failure = await failureOf(clock, client.instances.sshKeys.detach(7, 3));
    expect(failure).toBeInstanceOf(InvalidRequestError);
    expect(await settle(clock, client.instances.destroy(7))).toBe('not-found');
  });

  it('is none among no instances: nothing is sent to destroy them', async () => {
    const { client, clock, seen } = scriptedService([json({ success: true })]);
    await settle(clock, client.instances.destroyMany([]));
    expect(seen).toHaveLength(0);
    await settle(clock, client.instances.destroyMany([7]));
    expect(seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['DELETE', 'https://console.vast.ai/api/v0/instances/', '{"instance_ids":[7]}'],
    ]);
  });

  it('of another id, or without the field, is malformed and not "none"', async () => {
    for (const body of [
      {},
      { instances: [] },
      { instances: { id: 8, machine_id: 1 } },
      { instances: {} },
      [],
    ]) {
      const { client, clock } = scriptedService([json(body)]);
      expect(await failureOf(clock, client.instances.get(7))).toBeInstanceOf(MalformedAnswerError);
    }
    const { client, clock } = scriptedService([json({ instances: null })]);
    expect(await settle(clock, client.instances.get(7))).toBeUndefined();
  });

  it('with an id that is none is never asked for', async () => {
    for (const id of [Number.NaN, 0, -1, 1.5, undefined as unknown as number, '' as unknown as number]) {
      const { client, clock, seen } = scriptedService([json({ success: true })]);
      for (const call of [
        () => client.instances.get(id),
        () => client.instances.destroy(id),
        () => client.instances.label(id, 'x'),
      ]) {
        expect(await failureOf(clock, call())).toBeInstanceOf(InvalidRequestError);
      }
      expect(seen).toHaveLength(0);
    }
  });
});
