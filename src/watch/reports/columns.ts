// Columns that several reports have, so that one name always means one thing.
import type { Column, ColumnKind } from './report.ts';

function column(name: string, title: string, unit: string, kind: ColumnKind): Column {
  return { name, title, unit, kind };
}

export const OFFER_ID = column('offer_id', 'Offer', '', 'id');
export const MACHINE_ID = column('machine_id', 'Machine', '', 'id');
export const GPU_NAME = column('gpu_name', 'GPU', '', 'text');
export const TYPE = column('type', 'Type', '', 'text');
export const COUNT_BUCKET = column('count_bucket', 'GPUs', '', 'text');
export const SIMULATED: Column = { ...column('simulated', 'Simulated', '', 'flag'), dataOnly: true };

export const count = (name: string, title: string, unit = ''): Column => column(name, title, unit, 'count');
export const hours = (name: string, title: string): Column => column(name, title, 'h', 'hours');
export const percent = (name: string, title: string): Column => column(name, title, '%', 'percent');
export const usdPerHour = (name: string, title: string): Column => column(name, title, '$/h', 'usd');
export const time = (name: string, title: string): Column => column(name, title, 'UTC', 'time');
export const text = (name: string, title: string): Column => column(name, title, '', 'text');
export const date = (name: string, title: string): Column => column(name, title, 'UTC', 'date');
