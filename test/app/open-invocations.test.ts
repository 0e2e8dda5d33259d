import { expect, test } from 'vitest'
import { createOpenInvocations } from '../../src/app/open-invocations.ts'

function recorded(functionName: string) {
  const lines: string[] = []
  const note =
    (level: string) =>
    (...args: unknown[]): void =>
      void lines.push(`${level} ${String(args[0])}`)
  return { functionName, lines, log: note('log'), warn: note('warn'), error: note('error') }
}

test('a line of a call that has ended goes to one that runs, and otherwise waits for the next', () => {
  const invocations = createOpenInvocations()
  const [first, second, third] = [recorded('a'), recorded('b'), recorded('c')]
  const one = invocations.open(first)
  one.invocation.log('in time')
  const two = invocations.open(second)
  one.end()
  one.invocation.warn('late, while another runs')
  two.end()
  two.invocation.error('late, while none runs')

  expect(first.lines).toEqual(['log in time'])
  expect(second.lines).toEqual(['warn late, while another runs'])
  invocations.open(third)
  expect(third.lines).toEqual(['error late, while none runs'])
})

test('of an instance that nobody calls at most 100 lines wait', () => {
  const invocations = createOpenInvocations()
  const gone = invocations.open(recorded('a'))
  gone.end()
  for (let index = 0; index < 150; index += 1) gone.invocation.log(`line ${index}`)
  const next = recorded('b')
  invocations.open(next)
  expect(next.lines).toHaveLength(100)
})
