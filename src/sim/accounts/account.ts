// An account of the service and what belongs to it. Money is not here: billing keeps it.
import type { Scope } from '../api/scope.ts';

export const ROLES = ['renter', 'host'] as const;
export type Role = (typeof ROLES)[number];

export interface Account {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly role: Role;
  readonly createdMs: number;
  /** The account that opened this one; undefined for those that nobody did. */
  readonly parentId: number | undefined;
  /** The host of the market whose machines are this account's; undefined for renters and hosts without any. */
  readonly hostId: number | undefined;
  readonly keys: ApiKey[];
  readonly sshKeys: SshKey[];
  /** Environment variables that every new instance gets; the service calls them secrets. */
  readonly secrets: Map<string, string>;
  readonly audit: AuditEntry[];
  readonly settings: AccountSettings;
  /** The card that is charged when credit runs low; undefined when none is saved. */
  card: SavedCard | undefined;
  /** Storage of other companies that it is connected to. */
  readonly connections: Connection[];
  /** What it asks for beside the key; undefined when it asks for nothing. */
  readonly secondFactor: SecondFactor | undefined;
}

export interface Connection {
  readonly id: number;
  readonly name: string;
  /** `s3`, `drive`, `dropbox`, `backblaze`. */
  readonly cloudType: string;
}

export interface SecondFactor {
  /** The six digits that are right at any time. */
  readonly code: string;
  /** Each counts once. */
  readonly backupCodes: Set<string>;
}

/** What `PUT /users/` changes. Dollars; null means not set. */
export interface AccountSettings {
  fullname: string | null;
  phoneNumber: string | null;
  /** `billaddress_…` fields by their names on the wire. */
  readonly billAddress: Map<string, string | null>;
  /** Below it the owner is warned, when the warning is on. */
  balanceThresholdUsd: number;
  isBalanceThresholdOn: boolean;
  /** Down to it the card is charged. */
  autobillThresholdUsd: number | null;
  autobillAmountUsd: number | null;
}

export interface SavedCard {
  readonly last4: string;
  /** Whether payments by it fail. */
  isDeclined: boolean;
}

export interface ApiKey {
  readonly id: number;
  readonly key: string;
  readonly name: string | null;
  readonly createdMs: number;
  /** Scopes that it may use; undefined means all. */
  readonly scopes: ReadonlySet<Scope> | undefined;
  /** As it was sent when the key was made, for the listing. */
  readonly permissions: unknown;
  /** Values that parameters must have, within some scopes. */
  readonly constraints: readonly Constraint[];
  /** The one instance that it may start, stop and destroy; undefined for people's keys. */
  readonly instanceId: number | undefined;
  /** When the session ends that a second factor opened; undefined for keys, which last. */
  readonly expiresMs: number | undefined;
  isRevoked: boolean;
}

export interface Constraint {
  readonly scope: Scope;
  readonly param: string;
  readonly op: 'eq' | 'lte' | 'gte';
  readonly value: number | string;
}

export interface SshKey {
  readonly id: number;
  /** One line as in authorized_keys. */
  publicKey: string;
  readonly createdMs: number;
}

export interface AuditEntry {
  readonly atMs: number;
  readonly apiKeyId: number;
  readonly route: string;
  readonly args: Readonly<Record<string, unknown>>;
}
