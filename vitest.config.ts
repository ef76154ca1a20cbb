import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests import the library by its own name, as users do; the private condition points it at the source.
  resolve: { conditions: ['@vastdeck/source'] },
  ssr: { resolve: { conditions: ['@vastdeck/source'] } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Its default leaves a core for itself, and most of the time it only waits: of two that is half of them.
    maxWorkers: availableParallelism(),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
