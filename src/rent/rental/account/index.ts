// The account as people see it: what runs and what to think of it, why it is so, where the money went.
export { type AlertFacts, accountAlerts, CREDIT_WARNING_MS, HOST_DOWN_AFTER_MS } from './account-alerts.ts';
export { type Audit, type AuditOptions, type AuditRow, audit, type DriftRow } from './audit.ts';
export { CHARGE_PARTS, type ChargeParts } from './charge-split.ts';
export { type ChargedBeside, type CostOptions, type CostReport, costReport } from './cost-report.ts';
export { accountMigrations, type Credit, noteCredit, readCredit } from './credit.ts';
export { noteLogin } from './note-login.ts';
export type { PsRow } from './ps-row.ts';
export { type Ps, type PsFoot, type PsOptions, readPs } from './read-ps.ts';
export { readWhy, type Why, type WhyEntry, type WhyOptions } from './read-why.ts';
export {
  AmbiguousTargetError,
  NoSuchTargetError,
  type ResolveOptions,
  resolveInstance,
  type Target,
} from './resolve-instance.ts';
export { type AccountTellerOptions, createAccountTeller } from './tell-account.ts';
export {
  FORGOTTEN_AFTER_MS,
  IDLE_AFTER_MS,
  type Judged,
  judgeInstance,
  VERDICTS,
  type Verdict,
  type VerdictFacts,
} from './verdict.ts';
export { type BurnRow, whatBurns } from './what-burns.ts';
