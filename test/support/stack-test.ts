import { test } from 'vitest'
import { expectCleanAnswers } from './answers.ts'
import { expectClosedLines } from './audit-lines.ts'
import { receivedText } from './http-browser.ts'
import { type Stack, type StackOptions, startStack } from './stack.ts'

/**
 * `test` with a `stack` that the tests of a file share: started for the first of them, stopped after
 * the last one. After each test no fault is left. In the end every answer that a browser was sent and
 * every line that was written is checked.
 */
export function stackTest(options: StackOptions = {}) {
  return sharedStackTest(() => startStack(options))
}

/** The same with a stack that `start` makes, which may have more than the usual one. */
export function sharedStackTest<Kind extends Stack>(start: () => Promise<Kind>) {
  return (
    test
      // oxlint-disable-next-line no-empty-pattern -- Vitest reads a fixture's needs from the pattern
      .extend('stack', { scope: 'file' }, ({}, { onCleanup }) => shareStack(start, onCleanup))
      .extend('noFaultStays', { auto: true }, async ({ stack }, { onCleanup }) => {
        onCleanup(() => endFaults(stack))
      })
  )
}

/** Starts a stack, and at the end of the file stops it and checks what was answered and written. */
export async function shareStack<Kind extends Stack>(
  start: () => Promise<Kind>,
  onCleanup: (clean: () => Promise<void>) => void,
): Promise<Kind> {
  const stack = await start()
  onCleanup(async () => {
    await stack.stop()
    expectCleanAnswers(stack)
    receivedText.splice(0)
    expectClosedLines(stack)
  })
  return stack
}

async function endFaults(stack: Stack): Promise<void> {
  stack.storage.rules.clear()
  stack.vault.setFault(undefined)
  await stack.admin.up()
  await stack.admin.clearFaults()
}
