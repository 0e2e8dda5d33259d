import { defineConfig } from 'vitest/config'

const slow = [
  'test/integration/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/attack/**/*.test.ts',
]
const stores = ['test/contracts/**/*.test.ts', 'test/dev/**/*.test.ts', 'test/package/**/*.test.ts']
const infra = ['test/infra/**/*.test.ts']

/**
 * unit: pure logic, answers in seconds. stores: one part against its real counterpart (Azurite, the
 * emulators). infra: the templates. integration: the built bundle in the local host, and a browser.
 */
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One second is short for a browser on a busy machine.
    expect: { poll: { timeout: 10_000 } },
    // Twice the cores of a small machine: tests of time-outs and of processes wait more than they work.
    maxWorkers: 4,
    // The files of a worker share its modules, and with them its Azurite and its browser (test/support):
    // what a file starts, stubs or changes it ends, restores or puts back.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...slow, ...stores, ...infra],
        },
      },
      {
        extends: true,
        // MSAL remembers the first managed identity endpoint of its module for good.
        test: {
          name: 'stores',
          include: stores,
          isolate: true,
          globalSetup: ['test/support/build-dev.ts'],
        },
      },
      { extends: true, test: { name: 'infra', include: infra, testTimeout: 120_000 } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: slow,
          globalSetup: ['test/support/build-once.ts'],
        },
      },
    ],
  },
})
