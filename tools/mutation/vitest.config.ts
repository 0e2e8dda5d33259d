import { defineConfig } from 'vitest/config'

/** The unit tests of what is mutated, and what is held against both kinds of stores, in memory. */
export default defineConfig({
  test: {
    include: [
      'test/{app,base,endpoints,http,keys,login,oauth,outgoing,renewal,session,settings}/**/*.test.ts',
      'test/contracts/memory-stores.test.ts',
    ],
    testTimeout: 30_000,
  },
})
