import { defineConfig } from 'vitest/config'

/** The unit tests of what is mutated, and the contract that both kinds of stores keep, in memory. */
export default defineConfig({
  test: {
    include: [
      'test/{app,base,endpoints,http,keys,login,oauth,outgoing,renewal,session,settings}/**/*.test.ts',
      'test/contracts/memory-stores.test.ts',
    ],
    testTimeout: 30_000,
  },
})
