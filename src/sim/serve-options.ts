// Where a simulator listens.

export interface ServeOptions {
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Allows an address that others can reach, who may then run commands here; default false. */
  readonly isOpenToOthers?: boolean;
}
