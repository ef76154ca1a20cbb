// A small job for tests, with overrides.
import { type Job, parseJobFile } from '../../../src/rent/jobs/file/index.ts';

export const TINY_TRAIN = `name: tiny-train
image: pytorch/pytorch:latest
workdir: ./examples/cpu-train
setup: echo ready
run: python3 train.py --epochs 3 --out "$WORKSPACE/out"
env: { HF_TOKEN: { from_env: HF_TOKEN } }
resources: { gpu: [RTX 4090, RTX 3090], count: 1, disk: 20GB, max_price_per_hour: 0.60, reliability: 0.95, interruptible: false }
checkpoints: ["out/ckpt-*"]
artifacts: ["out/**"]
max_duration: 1h
budget: 2.00
retry: { no_capacity: { for: 30m }, interruption: { for: 6h }, error: { times: 0 } }
`;

export function aJob(overrides: Partial<Job> = {}): Job {
  return { ...parseJobFile(TINY_TRAIN), ...overrides };
}
