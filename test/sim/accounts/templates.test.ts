// Templates: made, found, edited, deleted, and what an instance takes from one.
import { describe, expect, it } from 'vitest';
import type { Sim } from '../../../src/sim/index.ts';
import { aSim } from '../a-sim.ts';
import { asking, type Body, withQuery } from './ask.ts';

/** As the official client sends `create template --name n --image i --ssh --direct --env '-p 80:80' --disk_space 20`. */
const SENT: Body = {
  name: 'n',
  image: 'i',
  tag: null,
  href: null,
  repo: null,
  env: '-p 80:80',
  onstart: null,
  jup_direct: false,
  ssh_direct: true,
  use_jupyter_lab: false,
  runtype: 'ssh',
  use_ssh: true,
  jupyter_dir: null,
  docker_login_repo: null,
  extra_filters: { verified: { eq: true }, external: { eq: false }, rentable: { eq: true } },
  recommended_disk_space: '20',
  readme: null,
  readme_visible: true,
  desc: null,
  private: true,
};

const search = async (sim: Sim, query: Body, key = sim.apiKey) => {
  const { body } = await asking(sim, key)('GET', withQuery('/api/v0/template/', query));
  return body.templates as Body[];
};

const create = async (sim: Sim, changes: Body = {}, key = sim.apiKey) => {
  const { body } = await asking(sim, key)('POST', '/api/v0/template/', { ...SENT, ...changes });
  return { success: body.success, template: body.template as Body };
};

describe('a template', () => {
  it('is made as it was sent, and found by filters', async () => {
    const { sim } = aSim();
    const { success, template } = await create(sim);
    expect(success).toBe(true);
    expect(template).toMatchObject({
      name: 'n',
      image: 'i',
      env: '-p 80:80',
      recommended_disk_space: 20,
      private: true,
    });
    expect(template.hash_id).toMatch(/^[0-9a-f]{32}$/);
    const found = await search(sim, {
      select_cols: ['*'],
      select_filters: { name: { eq: 'n' }, creator_id: { eq: '100001' } },
    });
    expect(found.map(({ id, hash_id: hash }) => [id, hash])).toEqual([[template.id, template.hash_id]]);
  });

  it('shows only the columns that are asked for, in the order asked for', async () => {
    const { sim } = aSim();
    const query = { select_cols: ['id', 'name', 'nonsense'], select_filters: { recommended: { eq: true } } };
    const rows = await search(sim, { ...query, order_by: 'name' });
    expect(rows.map(({ name }) => name)).toEqual(['Linux Terminal', 'NVIDIA CUDA', 'PyTorch']);
    expect(rows[0]).toEqual({ id: expect.any(Number), name: 'Linux Terminal', nonsense: null });
    const down = await search(sim, { ...query, order_by: [{ col: 'name', dir: 'desc' }] });
    expect(down.map(({ name }) => name)).toEqual(['PyTorch', 'NVIDIA CUDA', 'Linux Terminal']);
  });

  it('that does not exist is told as no success', async () => {
    const { body } = await asking(aSim().sim)(
      'GET',
      withQuery('/api/v0/template/', { select_filters: { name: { eq: '?' } } }),
    );
    expect(body).toMatchObject({ success: false, msg: 'No templates found', templates: [] });
  });

  it('has a hash of its content: the same again, another after an edit', async () => {
    const { sim } = aSim();
    const { template } = await create(sim);
    const again = await create(sim);
    expect([again.success, again.template.id]).toEqual([false, template.id]);
    const { body } = await asking(sim)('PUT', '/api/v0/template/', {
      hash_id: template.hash_id,
      desc: 'better',
    });
    expect(body).toMatchObject({
      success: true,
      template: { id: template.id, desc: 'better', env: '-p 80:80' },
    });
    expect(body.hash_id).not.toBe(template.hash_id);
    const old = await asking(sim)('PUT', '/api/v0/template/', { hash_id: template.hash_id, desc: 'late' });
    expect([old.status, old.body.msg]).toEqual([
      400,
      `Unable to Update Template. None found for given Hash ID: ${String(template.hash_id)}`,
    ]);
    // Back to what it was: the hash is the first again.
    const back = await asking(sim)('PUT', '/api/v1/template/', { hash_id: body.hash_id, desc: '' });
    expect(back.body.success).toBe(true);
  });

  it('that others use is kept for them when its maker edits it, and cannot be deleted', async () => {
    const { sim } = aSim();
    const other = sim.accounts.add();
    const { template } = await create(sim, { private: false });
    expect((await create(sim, { private: false }, other.apiKey)).template.id).toBe(template.id);
    const byOther = await asking(sim, other.apiKey)('PUT', '/api/v0/template/', {
      hash_id: template.hash_id,
      desc: 'x',
    });
    expect(byOther.body.msg).toBe('Only the Template Creator may Update Existing Template.');
    const gone = await asking(sim)('DELETE', '/api/v0/template/', { template_id: template.id });
    expect([gone.status, gone.body.msg]).toEqual([
      400,
      'Cannot Delete Template. Other Users are still using it.',
    ]);
    const { body } = await asking(sim)('PUT', '/api/v0/template/', {
      hash_id: template.hash_id,
      desc: 'mine',
    });
    expect((body.template as Body).id).not.toBe(template.id);
    expect(
      (await search(sim, { select_filters: { hash_id: { eq: template.hash_id } } }, other.apiKey)).length,
    ).toBe(1);
  });

  it('that is private is hidden from others', async () => {
    const { sim } = aSim();
    const other = sim.accounts.add();
    await create(sim);
    expect((await search(sim, { select_filters: { name: { eq: 'n' } } }, other.apiKey)).length).toBe(0);
    await create(sim, { name: 'open', private: false });
    expect((await search(sim, { select_filters: { name: { eq: 'open' } } }, other.apiKey)).length).toBe(1);
  });

  it('is deleted by number or by hash, by its maker alone', async () => {
    const { sim } = aSim();
    const other = sim.accounts.add();
    const [one, two] = [(await create(sim)).template, (await create(sim, { name: 'two' })).template];
    const ask = asking(sim);
    expect(
      (await asking(sim, other.apiKey)('DELETE', '/api/v0/template/', { template_id: one.id })).status,
    ).toBe(401);
    expect((await ask('DELETE', '/api/v0/template/', { template_id: one.id })).body.success).toBe(true);
    expect((await ask('DELETE', '/api/v0/template/', { hash_id: two.hash_id })).body.success).toBe(true);
    expect((await ask('DELETE', '/api/v0/template/', { template_id: one.id })).status).toBe(400);
    expect(await search(sim, { select_filters: { creator_id: { eq: 100_001 } } })).toEqual([]);
  });

  it.each([
    [{ name: null }, 'a template needs a name'],
    [{ image: ' ' }, 'a template needs an image'],
    [{ runtype: 'vnc' }, 'runtype vnc is unknown'],
    [{ recommended_disk_space: 'much' }, 'recommended_disk_space'],
  ])('with %j is refused', async (changes, words) => {
    const { sim } = aSim();
    const { status, body } = await asking(sim)('POST', '/api/v0/template/', { ...SENT, ...changes });
    expect([status, body.error]).toEqual([400, 'invalid_args']);
    expect(body.msg).toContain(words);
    expect(await search(sim, { select_filters: { creator_id: { eq: 100_001 } } })).toEqual([]);
  });

  it('never shows the password of its registry', async () => {
    const { sim } = aSim();
    const { template } = await create(sim, { docker_login_user: 'u', docker_login_pass: 'hush' });
    expect(template.docker_login_pass).toBe('********');
    expect(JSON.stringify(await search(sim, {}))).not.toContain('hush');
  });

  it('comes in pages in its second version, each once', async () => {
    const { sim } = aSim();
    for (let i = 0; i < 4; i += 1) await create(sim, { name: `t${i}` });
    const names: unknown[] = [];
    let token: unknown = '';
    do {
      const query = { limit: 3, select_cols: ['name'], after_token: token };
      const { body } = await asking(sim)('GET', withQuery('/api/v1/template/', query));
      names.push(...(body.templates as Body[]).map(({ name }) => name));
      expect(body.total_templates).toBe(7);
      token = body.next_token;
    } while (token !== null);
    expect(names).toEqual(['Linux Terminal', 'PyTorch', 'NVIDIA CUDA', 't0', 't1', 't2', 't3']);
  });

  it('is what an instance is made of that names it, and counts it', async () => {
    const { sim, search: offers } = aSim();
    const { template } = await create(sim, {
      image: 'repo/img',
      tag: '1.2',
      env: '-e A=b -p 80:80',
      onstart: 'echo hi',
    });
    const [offer] = await offers({
      rentable: { eq: true },
      order: [['dph_total', 'asc']],
      disable_bundling: true,
    });
    const ask = asking(sim);
    const { body } = await ask('PUT', `/api/v0/asks/${offer?.id}/`, {
      template_hash_id: template.hash_id,
      image: null,
      env: {},
    });
    const id = body.new_contract;
    const { body: shown } = await ask('GET', `/api/v0/instances/${String(id)}/`);
    expect(shown.instances).toMatchObject({
      image_uuid: 'repo/img:1.2',
      onstart: 'echo hi',
      disk_space: 20,
      template_hash_id: template.hash_id,
      template_name: 'n',
    });
    expect(
      await search(sim, { select_cols: ['count_created'], select_filters: { id: { eq: template.id } } }),
    ).toEqual([{ count_created: 1 }]);
  });
});
