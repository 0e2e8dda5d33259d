import { browserTest } from './browser.ts'
import { startLocalStack } from './local-stack.ts'

/**
 * `test` with the stack of `npm start`, demo app and API included, which the tests of a file share, and
 * `browser` and `context` as {@link browserTest} has them.
 */
export function localStackTest(options: Parameters<typeof startLocalStack>[0] = {}) {
  return (
    browserTest
      // oxlint-disable-next-line no-empty-pattern -- Vitest reads a fixture's needs from the pattern
      .extend('stack', { scope: 'file' }, async ({}, { onCleanup }) => {
        const stack = await startLocalStack(options)
        onCleanup(() => stack.stop())
        return stack
      })
  )
}
