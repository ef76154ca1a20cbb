// Who is looked at: GPU and type filters, matched against what the store has seen, and the names' families.
import { canonicalGpuName, gpuFamily, suggestGpuNames } from '../../net/vast/index.ts';
import { TYPE_CODES } from './line-spans.ts';
import type { ReportPlan } from './plan.ts';
import { ReportOptionError, type Row } from './report.ts';
import type { ReportWindow } from './report-window.ts';
import { queryRows, type ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';

export async function findScope(
  source: ReportSource,
  plan: ReportPlan,
  window: ReportWindow,
): Promise<SpanScope> {
  const needsNames = plan.gpus.length > 0 || plan.by?.includes('family') === true;
  const names = needsNames ? await seenGpuNames(source) : [];
  return {
    window,
    isNow: window.firstPoll === window.newestPoll,
    filter: {
      gpuNames: plan.gpus.flatMap((gpu) => matchGpu(gpu, names)),
      typeCodes: plan.type === undefined ? [] : [await typeCode(source, plan.type)],
    },
    families: new Map(names.map((name) => [name, gpuFamily(canonicalGpuName(name) ?? name)])),
  };
}

async function seenGpuNames(source: ReportSource): Promise<string[]> {
  const rows = await queryRows(
    source,
    'SELECT DISTINCT gpu_name FROM attr_spans WHERE gpu_name IS NOT NULL ORDER BY gpu_name',
  );
  return rows.map((row) => String(row.gpu_name));
}

/** Every spelling of the model that the store has; imports may have kept `RTX_4090` beside `RTX 4090`. */
function matchGpu(gpu: string, seen: readonly string[]): string[] {
  const wanted = spelling(canonicalGpuName(gpu, seen) ?? gpu);
  const found = seen.filter((name) => spelling(canonicalGpuName(name, seen) ?? name) === wanted);
  if (found.length > 0) return found;
  const near = suggestGpuNames(gpu, { learned: seen }).filter((name) => seen.includes(name));
  const hint =
    near.length > 0
      ? `; did you mean ${near.join(' or ')}?`
      : seen.length > 0
        ? `; it has ${someOf(seen)}`
        : '';
  throw new ReportOptionError('gpu', `The store has never seen a GPU named "${gpu}"${hint}`);
}

function spelling(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

async function typeCode(source: ReportSource, type: string): Promise<number> {
  const types = await queryRows(source, 'SELECT code::INTEGER AS code, type FROM types ORDER BY code');
  const found = types.find((row) => typeName(row).toLowerCase() === type);
  if (found) return Number(found.code);
  // Codes are given out before an offer of the type is seen.
  const seen = await queryRows(
    source,
    `SELECT type FROM types WHERE code IN (SELECT DISTINCT line & ${TYPE_CODES - 1} FROM attr_spans) ORDER BY code`,
  );
  const what = seen.length === 0 ? 'holds no offer yet' : `has ${seen.map(typeName).join(', ')}`;
  throw new ReportOptionError('type', `--type does not know "${type}"; the store ${what}`);
}

function typeName({ type }: Row): string {
  return type === null ? 'null' : String(type);
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
