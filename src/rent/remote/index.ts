export type { LogChunk, LogStream } from './log-stream.ts';
