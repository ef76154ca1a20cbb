// All templates: the service's own that everybody sees, and those that accounts made.
import { ApiError } from '../../api/api-error.ts';
import type { Account } from '../account.ts';
import { contentOf, hashOf, type Template, type TemplateContent } from './template.ts';

export interface Templates {
  /** By its present hash; undefined when nothing has it, or it was deleted. */
  find(hashId: string): Template | undefined;
  findById(id: number): Template | undefined;
  /** Public ones and the account's own, in order of their ids. */
  visibleTo(account: Account): readonly Template[];
  /** The one with this content, which the account is linked to, or a new one. */
  add(
    account: Account,
    content: TemplateContent,
    nowMs: number,
  ): { readonly template: Template; readonly isNew: boolean };
  /**
   * Changes it in place; where other accounts use it too they keep it, and this one gets a new one. Throws ApiError 400
   * for somebody who did not make it.
   */
  edit(account: Account, template: Template, content: TemplateContent, nowMs: number): Template;
  /** Throws ApiError for somebody who did not make it, and while others use it. */
  remove(account: Account, template: Template): void;
  /** An instance was made from it. */
  countUse(template: Template, nowMs: number): void;
}

const FIRST_STOCK_ID = 1_001;
const FIRST_ID = 200_001;
/** The service's own account. */
const SERVICE_ID = 1;

/** A few of the images that the service recommends. */
const STOCK: readonly Readonly<Record<string, unknown>>[] = [
  {
    name: 'Linux Terminal',
    image: 'vastai/base-image',
    tag: '@vastai-automatic-tag',
    runtype: 'ssh',
    ssh_direct: true,
    use_ssh: true,
    recommended_disk_space: 16,
    desc: 'CUDA, Python and a terminal',
  },
  {
    name: 'PyTorch',
    image: 'vastai/pytorch',
    tag: '@vastai-automatic-tag',
    env: '-p 1111:1111 -p 8080:8080 -e DATA_DIRECTORY=/workspace/',
    runtype: 'jupyter',
    jup_direct: true,
    ssh_direct: true,
    use_ssh: true,
    use_jupyter_lab: true,
    recommended_disk_space: 32,
    desc: 'PyTorch with Jupyter',
  },
  {
    name: 'NVIDIA CUDA',
    image: 'nvidia/cuda',
    tag: '12.4.1-devel-ubuntu22.04',
    runtype: 'ssh',
    use_ssh: true,
    recommended_disk_space: 10,
    desc: 'CUDA development image',
  },
];

export function createTemplates(startMs: number): Templates {
  const all: Template[] = STOCK.map((body, index) => ({
    id: FIRST_STOCK_ID + index,
    creatorId: SERVICE_ID,
    createdMs: startMs,
    userIds: new Set([SERVICE_ID]),
    isRecommended: true,
    content: contentOf(body),
    useCount: 0,
    lastUsedMs: undefined,
    isDeleted: false,
  }));
  let nextId = FIRST_ID;
  const find = (hashId: string) =>
    all.find(({ isDeleted, content }) => !isDeleted && hashOf(content) === hashId);
  const create = (account: Account, content: TemplateContent, nowMs: number): Template => {
    const template: Template = {
      id: nextId,
      creatorId: account.id,
      createdMs: nowMs,
      userIds: new Set([account.id]),
      isRecommended: false,
      content,
      useCount: 0,
      lastUsedMs: undefined,
      isDeleted: false,
    };
    nextId += 1;
    all.push(template);
    return template;
  };

  return {
    find,
    findById: (id) => all.find((template) => template.id === id && !template.isDeleted),
    visibleTo: ({ id }) =>
      all.filter(({ isDeleted, content, userIds }) => !isDeleted && (!content.isPrivate || userIds.has(id))),
    add(account, content, nowMs) {
      const existing = find(hashOf(content));
      if (!existing) return { template: create(account, content, nowMs), isNew: true };
      existing.userIds.add(account.id);
      return { template: existing, isNew: false };
    },
    edit(account, template, content, nowMs) {
      if (template.creatorId !== account.id) {
        throw new ApiError(400, 'not_authorized', 'Only the Template Creator may Update Existing Template.');
      }
      const same = find(hashOf(content));
      if (same && same !== template) {
        throw new ApiError(
          400,
          'invalid_args',
          `Existing Template Found: ${same.id} has this content already.`,
        );
      }
      if (template.userIds.size > 1) {
        template.userIds.delete(account.id);
        return create(account, content, nowMs);
      }
      template.content = content;
      return template;
    },
    remove(account, template) {
      if (template.creatorId !== account.id) {
        throw new ApiError(401, 'not_authorized', 'Templates can ONLY be Deleted by their Creator');
      }
      if ([...template.userIds].some((id) => id !== account.id)) {
        throw new ApiError(400, 'invalid_request', 'Cannot Delete Template. Other Users are still using it.');
      }
      template.isDeleted = true;
    },
    countUse(template, nowMs) {
      template.useCount += 1;
      template.lastUsedMs = nowMs;
    },
  };
}
