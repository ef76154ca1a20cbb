// What offers can be grouped by: one SQL expression each over the facets `a` (attributes), `h` (hardware),
// `p` (price) and `fam` (GPU families).
import { bandSql } from './bands.ts';
import type { Column, Grouping } from './report.ts';

/** The facets beside the attributes that an expression reads. */
export type Facet = 'hardware' | 'price' | 'family';

export interface Dimension {
  readonly column: Column;
  readonly sql: string;
  readonly facets: readonly Facet[];
  /** Smallest first makes sense to a reader; the SQL sorts `column.name` by this. */
  readonly orderSql?: (name: string) => string;
}

/** GPU memory, in GB a GPU; the last bucket is open. */
export const VRAM_BUCKETS_GB = [8, 12, 16, 24, 32, 48, 80, 96] as const;
const VRAM_OPEN = '141+';

/** A card sold as 24 GB reports 24,564 MB = 23.99; half a GB of grace also covers what a driver reserves. */
const VRAM_GRACE_GB = 0.5;

const UNKNOWN = "'unknown'";

export const COUNT_BUCKET_SQL = countBucketSql('a.num_gpus');

export function countBucketSql(numGpus: string): string {
  return `CASE WHEN ${numGpus} IS NULL OR ${numGpus} < 1 THEN ${UNKNOWN} WHEN ${numGpus} = 1 THEN '1'
    WHEN ${numGpus} = 2 THEN '2' WHEN ${numGpus} <= 4 THEN '3-4' WHEN ${numGpus} <= 8 THEN '5-8' ELSE '9+' END`;
}

/** `h.gpu_ram_mb` is a GPU's own; without it the offer's total is divided by its GPUs. */
function vramBucketSql(): string {
  const gb = 'coalesce(h.gpu_ram_mb / 1024.0, a.gpu_total_ram_gb / nullif(a.num_gpus, 0))';
  const cases = VRAM_BUCKETS_GB.map(
    (bucket, at) => `WHEN ${gb} <= ${bucket + VRAM_GRACE_GB} THEN '${at === 0 ? '<=' : ''}${bucket}'`,
  );
  return `CASE WHEN ${gb} IS NULL THEN ${UNKNOWN} ${cases.join(' ')} ELSE '${VRAM_OPEN}' END`;
}

/** The country code after the last comma of `Sweden, SE`, `, CN` or plain `US`. */
const REGION_SQL = `coalesce(nullif(upper(trim(string_split(a.geolocation, ',')[-1])), ''), ${UNKNOWN})`;

/** Text with numbers in it, in the order of the numbers; what has none comes last. */
const byFirstNumber = (name: string) =>
  `CASE WHEN ${name} LIKE '<%' THEN -1 ELSE coalesce(TRY_CAST(regexp_extract(${name}, '[0-9.]+') AS DOUBLE), 1e300) END`;

/** The type is part of every row and no dimension. */
export function dimensionsOf(by: readonly Grouping[], bandBounds: readonly number[]): readonly Dimension[] {
  return by.filter((grouping) => grouping !== 'type').map((grouping) => dimensionOf(grouping, bandBounds));
}

function dimensionOf(grouping: Grouping, bandBounds: readonly number[]): Dimension {
  switch (grouping) {
    case 'gpu':
      return { column: text('gpu_name', 'GPU'), sql: 'a.gpu_name', facets: [] };
    case 'family':
      return {
        column: text('family', 'Family'),
        sql: `coalesce(fam.family, ${UNKNOWN})`,
        facets: ['family'],
      };
    case 'count':
      return {
        column: text('count_bucket', 'GPUs'),
        sql: COUNT_BUCKET_SQL,
        facets: [],
        orderSql: byFirstNumber,
      };
    case 'region':
      return { column: text('region', 'Region'), sql: REGION_SQL, facets: [] };
    case 'type':
      // The type is part of every row; asking for it adds no second column.
      return { column: text('type', 'Type'), sql: 'NULL', facets: [] };
    case 'vram':
      return {
        column: { name: 'vram_bucket', title: 'VRAM', unit: 'GB/GPU', kind: 'text' },
        sql: vramBucketSql(),
        facets: ['hardware'],
        orderSql: byFirstNumber,
      };
    case 'price':
      return {
        column: { name: 'price_band', title: 'Price band', unit: '$/h', kind: 'text' },
        sql: bandSql('p.dph_total', bandBounds),
        facets: ['price'],
        orderSql: byFirstNumber,
      };
    case 'verified':
      return {
        column: text('verified', 'Verification'),
        sql: "CASE WHEN a.verified = 1 THEN 'verified' WHEN a.deverified = 1 THEN 'deverified' ELSE 'unverified' END",
        facets: [],
      };
    case 'datacenter':
      return {
        column: text('datacenter', 'Hosting'),
        sql: `CASE WHEN h.hosting_type > 0 THEN 'datacenter' WHEN h.hosting_type = 0 THEN 'community' ELSE ${UNKNOWN} END`,
        facets: ['hardware'],
      };
    case 'host':
      return {
        column: { name: 'host_id', title: 'Host', unit: '', kind: 'id' },
        sql: 'h.host_id::DOUBLE',
        facets: ['hardware'],
      };
  }
}

function text(name: string, title: string): Column {
  return { name, title, unit: '', kind: 'text' };
}
