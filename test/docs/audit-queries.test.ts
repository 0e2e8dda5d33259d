import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problems, signInErrors } from '../../src/base/errors.ts'
import { type EventName, eventNames, sessionRejectReasons } from '../../src/base/events.ts'
import { loginFailureReasons } from '../../src/base/login-failures.ts'
import { membersOf } from '../support/audit-lines.ts'

const text = readFileSync(new URL('../../docs/audit-queries.md', import.meta.url), 'utf8')
const queries = [...text.matchAll(/```kusto\n([^]*?)```/g)].map(([, query = '']) => query)
const numbered = queries.map((query, index) => [index + 1, query] as const)

const everyLine = ['event', 'correlationId', 'function']
/** What else a query may compare a member with. */
const values: readonly string[] = [
  ...loginFailureReasons,
  ...Object.keys(problems),
  ...Object.keys(signInErrors),
  ...Object.keys(sessionRejectReasons),
]

function namesIn(query: string): EventName[] {
  const named = query.match(/bff\.[a-z_.]+/g) ?? []
  expect(eventNames).toEqual(expect.arrayContaining(named))
  // Without a name a query is about all of them.
  return named.length === 0 ? [...eventNames] : (named as EventName[])
}

test('every event has a query', () => {
  const named = queries.flatMap((query) => query.match(/bff\.[a-z_.]+/g) ?? [])
  expect(eventNames.filter((name) => !named.includes(name))).toEqual([])
})

test.each(numbered)('query %d names only events and members that there are', (_number, query) => {
  const allowed = namesIn(query).flatMap((name) => membersOf(name))
  const used = [...query.matchAll(/\be\.(\w+)/g)].map(([, member = '']) => member)
  expect([...everyLine, ...allowed]).toEqual(expect.arrayContaining(used))
})

test.each(numbered)('query %d compares only with values that there are', (_number, query) => {
  const literals = [...query.matchAll(/'([^']*)'/g)].map(([, literal = '']) => literal)
  const others = literals.filter((literal) => !/^(bff\.|[0-9a-f-]{32,36}$)/.test(literal))
  expect(values).toEqual(expect.arrayContaining(others))
})

test.each(numbered)('query %d reads the lines as they are written', (_number, query) => {
  const reads = /^traces\n\| extend e = parse_json\(message\)\n\| where e\./m.test(query)
  // Rows of requests are the platform's: no event, no member.
  const platform = query.startsWith('requests\n') && !/\be\.|bff\./.test(query)
  expect(reads || query.includes('union traces') || platform).toBe(true)
})

test('the workbook shows queries of this page, and nothing else', () => {
  const file = new URL('../../infra/core/modules/workbook.json', import.meta.url)
  const { items } = JSON.parse(readFileSync(file, 'utf8')) as {
    items: { type: number; content: { query?: string; timeContextFromParameter?: string } }[]
  }
  const shown = items.filter(({ type }) => type === 3).map(({ content }) => content)
  expect(shown.length).toBeGreaterThan(5)
  for (const { query, timeContextFromParameter } of shown) {
    expect(queries).toContain(query)
    expect(timeContextFromParameter).toBe('range')
  }
})
