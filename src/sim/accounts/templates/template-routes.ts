// Templates over the wire: listed with filters, made, edited and deleted.
import { ApiError } from '../../api/api-error.ts';
import { askedPage, filterRows, jsonParam, orderRows, type Row, selectCols } from '../../api/list-query.ts';
import { numberOf, textOf } from '../../api/read-body.ts';
import { jsonReply } from '../../api/replies.ts';
import type { Call, Route } from '../../api/route.ts';
import type { Service } from '../../service.ts';
import { contentOf, hashOf, type Template, templateRow } from './template.ts';
import type { Templates } from './templates.ts';

const V0 = '/api/v0/template';
const V1 = '/api/v1/template';
const PAGES = { usual: 25, most: 100 };

export function templateRoutes(templates: Templates, { truthLog }: Service): readonly Route[] {
  const note = ({ caller, nowMs }: Call, what: string, { id, content }: Template) =>
    truthLog.note(nowMs, 'account', caller.account.id, what, { template_id: id, hash_id: hashOf(content) });
  const update = (call: Call): Response => {
    const template = toEdit(templates, call);
    const edited = templates.edit(
      call.caller.account,
      template,
      contentOf(call.body, template.content),
      call.nowMs,
    );
    note(call, 'template_changed', edited);
    const row = templateRow(edited);
    const msg = `Template ${edited.id} Updated Successfully`;
    return jsonReply({ success: true, hash_id: row.hash_id, msg, template: row });
  };
  const write = { scope: 'user_write' } as const;
  return [
    {
      method: 'GET',
      path: V0,
      scope: 'user_read',
      intervalSec: 3,
      summary: 'Public templates and one’s own, by `select_filters`, `order_by` and `select_cols`.',
      handle: (call: Call) => {
        const rows = found(templates, call);
        if (rows.length === 0) {
          return jsonReply({ success: false, msg: 'No templates found', templates_found: 0, templates: [] });
        }
        const shown = selectCols(rows, jsonParam(call.query, 'select_cols'));
        return jsonReply({ success: true, templates_found: rows.length, templates: shown });
      },
    },
    {
      method: 'GET',
      path: V1,
      scope: 'user_read',
      intervalSec: 3,
      summary: 'The same in pages.',
      handle: (call: Call) => {
        const { query } = call;
        const rows = found(templates, call);
        const page = askedPage(rows, query, PAGES);
        return jsonReply({
          success: true,
          templates_found: page.rows.length,
          total_templates: rows.length,
          next_token: page.nextToken,
          templates: selectCols(page.rows, jsonParam(query, 'select_cols')),
        });
      },
    },
    {
      ...write,
      method: 'POST',
      path: V0,
      intervalSec: 1.9,
      summary: 'Makes a template from `name`, `image` and the rest; the same content is the same template.',
      handle: (call: Call) => {
        const { template, isNew } = templates.add(call.caller.account, contentOf(call.body), call.nowMs);
        note(call, isNew ? 'template_created' : 'template_linked', template);
        const msg = isNew
          ? `Template Created Successfully! New Template ID: ${template.id}`
          : `Existing Template Found: ${template.id}. User relationship added.`;
        return jsonReply({ success: isNew, msg, template: templateRow(template) });
      },
    },
    {
      ...write,
      method: 'PUT',
      path: V0,
      intervalSec: 1.9,
      summary: 'Edits the template with `hash_id`; its hash changes with its content.',
      handle: update,
    },
    { ...write, method: 'PUT', path: V1, intervalSec: 1.9, summary: 'The same.', handle: update },
    {
      ...write,
      method: 'DELETE',
      path: V0,
      intervalSec: 2,
      summary: 'Deletes one’s own template by `template_id`, or by `hash_id` as the client sends it.',
      handle: (call: Call) => {
        const [id, hashId] = [numberOf(call.body, 'template_id'), textOf(call.body, 'hash_id')];
        const template = id === undefined ? templates.find(hashId ?? '') : templates.findById(id);
        if (!template) throw new ApiError(400, 'invalid_args', 'Invalid Template ID or User ID');
        templates.remove(call.caller.account, template);
        note(call, 'template_deleted', template);
        return jsonReply({ success: true, msg: `Template ${template.id} Deleted Successfully` });
      },
    },
  ];
}

function found(templates: Templates, { caller, query }: Call): Row[] {
  const rows = templates.visibleTo(caller.account).map(templateRow);
  const orderBy = query.get('order_by');
  return orderRows(
    filterRows(rows, jsonParam(query, 'select_filters')),
    // Documented as a column; the listing of instances has taught clients to send JSON.
    orderBy?.startsWith('[') ? jsonParam(query, 'order_by') : orderBy ? [[orderBy, 'asc']] : undefined,
  );
}

function toEdit(templates: Templates, { body }: Call): Template {
  const inner = (body.template ?? {}) as Call['body'];
  const hashId = textOf(body, 'hash_id') ?? textOf(inner, 'hash_id') ?? '';
  const template = templates.find(hashId);
  if (template) return template;
  throw new ApiError(
    400,
    'invalid_args',
    `Unable to Update Template. None found for given Hash ID: ${hashId}`,
  );
}
