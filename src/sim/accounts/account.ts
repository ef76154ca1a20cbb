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
  /** The host of the market whose machines are this account's; undefined for renters and hosts without any. */
  readonly hostId: number | undefined;
  readonly keys: ApiKey[];
  readonly sshKeys: SshKey[];
  /** Environment variables that every new instance gets; the service calls them secrets. */
  readonly secrets: Map<string, string>;
  readonly audit: AuditEntry[];
  /** Until when a second factor that was given counts; undefined when the account has none. */
  secondFactorUntilMs: number | undefined;
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
  /** The one instance that it may start, stop and destroy; undefined for people's keys. */
  readonly instanceId: number | undefined;
  isRevoked: boolean;
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
