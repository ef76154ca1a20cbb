// What a key may be allowed to do.

/** Scopes as the service names them. */
export const SCOPES = [
  'instance_read',
  'instance_write',
  'user_read',
  'user_write',
  'billing_read',
  'billing_write',
  'machine_read',
  'machine_write',
  'team_read',
  'team_write',
  'misc',
] as const;
export type Scope = (typeof SCOPES)[number];
