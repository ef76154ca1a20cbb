// The boot of a rental: from an instance that exists to one that was entered and has the GPUs that were paid for.

export { type BootActs, type BootTarget, createBootActs } from './boot-acts.ts';
export {
  BOOT_PHASES,
  type BootFacts,
  type BootPhase,
  type BootVerdict,
  SSH_OUTCOMES,
  type SshOutcome,
} from './boot-facts.ts';
export {
  type Blame,
  BOOT_FAILURES,
  type BootFailure,
  InstanceStartError,
  SshConnectError,
} from './boot-failure.ts';
export { type BootPolicy, DEFAULT_BOOT_POLICY } from './boot-policy.ts';
export { bootMigrations } from './boot-states.ts';
export type { BootFigures, BootStep } from './boot-step.ts';
export { type Booter, type BooterOptions, createBooter } from './booter.ts';
export { type DiagnosticsOptions, saveDiagnostics } from './diagnostics.ts';
export { type FoundGpu, GPU_QUERY, type GpuVerdict, type Promised } from './gpu-check.ts';
export { createHostKeys, type HostKeys } from './host-keys.ts';
export {
  type ConnectInstance,
  type ConnectInstanceOptions,
  createInstanceConnector,
  type EnteredInstance,
  enterInstance,
  type InstanceConnectorOptions,
} from './instance-connector.ts';
export { judgeBoot } from './judge-boot.ts';
export { onstartKeyLine } from './onstart-key.ts';
export { expectPull, type PullFacts, type Span } from './pull-estimate.ts';
export { createRedact, type Redact } from './redact.ts';
