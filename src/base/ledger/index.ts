export type { Effect, Intent, Ledger, Reservation, ReserveResult } from './types.ts';
