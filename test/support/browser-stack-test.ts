import { browserTest } from './browser.ts'
import { shareStack } from './stack-test.ts'
import { type StackOptions, startStack } from './stack.ts'

/**
 * `test` with a `stack` that the tests of a file share, and `browser` and `context` as
 * {@link browserTest} has them. Before each test the provider has no sign-in and no fault.
 */
export function browserStackTest(options: StackOptions = {}) {
  return (
    browserTest
      // oxlint-disable-next-line no-empty-pattern -- Vitest reads a fixture's needs from the pattern
      .extend('stack', { scope: 'file' }, ({}, { onCleanup }) =>
        shareStack(() => startStack(options), onCleanup),
      )
      .extend('newProvider', { auto: true }, async ({ stack }) => {
        await stack.admin.reset()
      })
  )
}
