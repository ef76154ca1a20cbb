// How patient a boot is.

export interface BootPolicy {
  /** From the beginning of the boot to the end of our patience; default 30 min. */
  readonly hardCapMs: number;
  /** For a host that gives no word; default 60 s. */
  readonly silenceGraceMs: number;
  /** For GPUs that others have; default 120 s. */
  readonly queueGraceMs: number;
  /** From running to entered, and again after a reboot; default 5 min. */
  readonly sshWindowMs: number;
  /** No handshake for so long is a stuck tunnel; default 75 s. */
  readonly stuckTunnelMs: number;
  /** For so long a key may be refused without anything being wrong; default 60 s. */
  readonly keyPatienceMs: number;
  /** Between steps while nothing is due; default 10 s, as Vast.ai advises. */
  readonly pollMs: number;
  /** Between readings of a log; default 30 s. */
  readonly logEveryMs: number;
  /** For one way in, from the first packet to the session; default 20 s. */
  readonly connectTimeoutMs: number;
  /** For nvidia-smi: the first call on a machine may wake its driver; default 60 s. */
  readonly gpuCheckTimeoutMs: number;
}

export const DEFAULT_BOOT_POLICY: BootPolicy = {
  hardCapMs: 30 * 60_000,
  silenceGraceMs: 60_000,
  queueGraceMs: 120_000,
  sshWindowMs: 300_000,
  stuckTunnelMs: 75_000,
  keyPatienceMs: 60_000,
  pollMs: 10_000,
  logEveryMs: 30_000,
  connectTimeoutMs: 20_000,
  gpuCheckTimeoutMs: 60_000,
};
