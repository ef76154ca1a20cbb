// Templates: what instances are made from when their request names one. The hash of a template is made of its content,
// so that an edit gives it another.
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { flagOrNull, isId, isObject, msOrNull, numberOrNull, textOrNull } from '../decode-fields.ts';
import { knownId } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export interface Template {
  readonly id: number;
  readonly hashId: string;
  readonly name: string | null;
  readonly image: string | null;
  readonly tag: string | null;
  /** Docker's flags in a text: `-e A=b -p 80:80`. */
  readonly env: string | null;
  readonly onstart: string | null;
  readonly runtype: string | null;
  readonly diskGb: number | null;
  readonly description: string | null;
  readonly isPrivate: boolean | null;
  readonly isRecommended: boolean | null;
  readonly creatorId: number | null;
  readonly createdAtMs: number | null;
  /** Instances made from it. */
  readonly useCount: number | null;
}

export interface TemplateWish {
  readonly name: string;
  readonly image: string;
  readonly tag?: string;
  /** Docker's flags in a text, unlike that of a rental: `-e A=b -p 80:80`. */
  readonly env?: string;
  readonly onstart?: string;
  /** Default `args`. */
  readonly runtype?: 'ssh' | 'jupyter' | 'args';
  /** Whether SSH, or Jupyter, is reached by a port of the machine; default false. */
  readonly isDirect?: boolean;
  readonly argsText?: string;
  readonly diskGb?: number;
  readonly description?: string;
  readonly readme?: string;
  /** Default true. */
  readonly isPrivate?: boolean;
  /** In the service's words; for people who pick a machine by it. */
  readonly extraFilters?: Readonly<Record<string, unknown>>;
}

export interface TemplatesResource {
  /** Public ones and one's own, by filters in the service's words: `{"count_created": {"gt": 100}}`. */
  search(filters?: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<readonly Template[]>;
  /** The same content gives the same template. */
  create(wish: TemplateWish, options?: CallOptions): Promise<Template>;
  /** Its hash and maybe its id are others afterwards. */
  update(hashId: string, change: Partial<TemplateWish>, options?: CallOptions): Promise<Template>;
  remove(templateId: number, options?: CallOptions): Promise<void>;
}

const ROUTE = '/template/';

export function createTemplates({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): TemplatesResource {
  const lookUp = 'search the templates';
  return {
    search: (filters = {}, options) =>
      send(
        {
          method: 'GET',
          route: ROUTE,
          query: { select_cols: '["*"]', select_filters: JSON.stringify(filters) },
          auth: 'key',
          // None found is answered as a failure.
          isAnswer: (json) => Array.isArray(json.templates),
          decode: (json, answer) =>
            rowsOf(json, 'templates', answer).map((row) => decodeTemplate(row, answer)),
        },
        options,
      ),
    create: (wish, options) =>
      write(
        {
          method: 'POST',
          route: ROUTE,
          body: { ...bodyOf(wish), private: wish.isPrivate ?? true },
          auth: 'key',
          isIdempotent: true,
          lookUp,
          // One that exists already is answered as a failure.
          isAnswer: (json) => isObject(json.template),
          decode: (json, answer) => decodeTemplate(objectOf(json, answer).template, answer),
        },
        options,
      ),
    update: (hashId, change, options) =>
      write(
        {
          method: 'PUT',
          route: ROUTE,
          body: { hash_id: hashId, ...bodyOf(change) },
          auth: 'key',
          lookUp,
          decode: (json, answer) => decodeTemplate(objectOf(json, answer).template, answer),
        },
        options,
      ),
    remove: async (templateId, options) =>
      write(
        {
          method: 'DELETE',
          route: ROUTE,
          body: { template_id: knownId('templateId', templateId) },
          auth: 'key',
          lookUp,
          decode: done,
        },
        options,
      ),
  };
}

function bodyOf(wish: Partial<TemplateWish>): Readonly<Record<string, unknown>> {
  const { runtype, isDirect } = wish;
  const fields = {
    name: wish.name,
    image: wish.image,
    tag: wish.tag,
    env: wish.env,
    onstart: wish.onstart,
    runtype,
    use_ssh: runtype === undefined ? undefined : runtype !== 'args',
    ssh_direct: isDirect === undefined ? undefined : isDirect && runtype !== 'jupyter',
    jup_direct: isDirect === undefined ? undefined : isDirect && runtype === 'jupyter',
    args_str: wish.argsText,
    recommended_disk_space: wish.diskGb,
    desc: wish.description,
    readme: wish.readme,
    private: wish.isPrivate,
    extra_filters: wish.extraFilters,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function decodeTemplate(row: unknown, answer: AnswerFacts): Template {
  if (!isObject(row) || !isId(row.id) || typeof row.hash_id !== 'string') {
    throw malformed('id and hash of a template', answer);
  }
  return {
    id: row.id,
    hashId: row.hash_id,
    name: textOrNull(row.name),
    image: textOrNull(row.image),
    tag: textOrNull(row.tag),
    env: textOrNull(row.env),
    onstart: textOrNull(row.onstart),
    runtype: textOrNull(row.runtype),
    diskGb: numberOrNull(row.recommended_disk_space),
    description: textOrNull(row.desc),
    isPrivate: flagOrNull(row.private),
    isRecommended: flagOrNull(row.recommended),
    creatorId: numberOrNull(row.creator_id),
    createdAtMs: msOrNull(row.created_at),
    useCount: numberOrNull(row.count_created),
  };
}
