// A matrix product on all GPUs of a machine at once, where it has PyTorch.
import { CommandTimeoutError, type RemoteShell } from '../../../../net/ssh/index.ts';
import { lastWords } from './probe-part.ts';

/** Figures of one method are compared with each other; a change of the script is a new name. */
export const MATMUL_METHOD = 'torch fp16 matmul 8192';

/** PyTorch alone takes 10 to 30 s to load on a cold disk. */
const START_MS = 60_000;
const NO_TORCH_CODE = 44;

export type Matmul =
  | { readonly kind: 'measured'; readonly tflops: readonly number[] }
  | { readonly kind: 'none'; readonly reason: string };

/** Rejects as `exec` does when the connection breaks. */
export async function runMatmul(
  shell: RemoteShell,
  { durationMs, signal }: { readonly durationMs: number; readonly signal: AbortSignal | undefined },
): Promise<Matmul> {
  const seconds = Math.max(1, Math.round(durationMs / 1_000));
  try {
    const { code, stdout, stderr } = await shell.exec(`python3 - ${seconds}`, {
      stdin: SCRIPT,
      timeoutMs: durationMs + START_MS,
      ...(signal && { signal }),
    });
    if (code === NO_TORCH_CODE) return { kind: 'none', reason: 'there is no PyTorch with CUDA' };
    const tflops = /^tflops(( \d+(\.\d+)?)+)$/m.exec(stdout)?.[1]?.trim().split(' ').map(Number);
    if (code === 0 && tflops) return { kind: 'measured', tflops };
    const words = lastWords(stdout, stderr);
    return {
      kind: 'none',
      reason: `the matrix product ended with code ${String(code)}${words && ` (${words})`}`,
    };
  } catch (error) {
    if (!(error instanceof CommandTimeoutError)) throw error;
    return { kind: 'none', reason: `the matrix product had not ended after ${seconds + START_MS / 1_000} s` };
  }
}

/** All GPUs at once, as a job would: they share power and air. Prints TFLOPS, one for each GPU. */
const SCRIPT = `import sys, time, threading
try:
    import torch
except Exception:
    sys.exit(${NO_TORCH_CODE})
if not torch.cuda.is_available():
    sys.exit(${NO_TORCH_CODE})
seconds, size = float(sys.argv[1]), 8192
rates = [0.0] * torch.cuda.device_count()
def run(index):
    with torch.cuda.device(index):
        a = torch.randn(size, size, device='cuda', dtype=torch.float16)
        b = torch.randn(size, size, device='cuda', dtype=torch.float16)
        for _ in range(3):
            a @ b
        torch.cuda.synchronize()
        began, rounds = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            for _ in range(10):
                a @ b
            torch.cuda.synchronize()
            rounds += 10
        rates[index] = rounds * 2 * size ** 3 / (time.monotonic() - began) / 1e12
threads = [threading.Thread(target=run, args=(i,)) for i in range(len(rates))]
[t.start() for t in threads]
[t.join() for t in threads]
print('tflops', *['%.3f' % r for r in rates])
`;
