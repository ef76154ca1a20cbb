// The columns of the table by name, in the order in which they stand.

export const COLUMN_NAMES = [
  'id',
  'name',
  'gpu',
  'status',
  'state',
  'progress',
  'gpu%',
  'vram%',
  'mem%',
  'disk%',
  'loss',
  'trend',
  'step',
  'rate',
  'eta',
  'cost/h',
  'total',
  'to finish',
  'waste/h',
  'health',
  'group',
  'tries',
  'source',
  'where',
] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];
