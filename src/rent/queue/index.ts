export type { Queue, WorkItem } from './port.ts';
