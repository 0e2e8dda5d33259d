import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { callAt, clearLines, isSignedIn, linesOf } from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
import { countRows, emptyTables, type Row, rowsOf, tableOf } from '../support/table-rows.ts'

const test = stackTest({ instances: 2 })
const many = 4_000
const live = 200

test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  clearLines(stack)
})

/** Gives a user 4,000 index rows and 200 session rows more: the others were replaced or swept. */
async function multiply(stack: Stack, pointers = many): Promise<void> {
  const [session] = await rowsOf(stack, 'sessions')
  const pointer = (await rowsOf(stack, 'sessionIndex')).find(({ rowKey }) =>
    rowKey!.startsWith(String(session!['user'])),
  )
  const hashes = Array.from({ length: pointers }, () => randomBytes(32).toString('base64url'))
  const bare = ({ etag: _etag, timestamp: _time, ...row }: Row) => row
  const copies = (row: Row, rowKey: (hash: string) => string) =>
    hashes.map((hash) => ({ ...bare(row), partitionKey: row.partitionKey!, rowKey: rowKey(hash) }))
  for (const [name, rows] of [
    ['sessions', copies(session!, (hash) => hash).slice(0, live)],
    ['sessionIndex', copies(pointer!, (hash) => `${String(session!['user'])}|${hash}`)],
  ] as const)
    for (let start = 0; start < rows.length; start += 100)
      await tableOf(stack, name).submitTransaction(
        rows.slice(start, start + 100).map((row) => ['create', row]),
      )
}

/** Somebody else, who goes on while it lasts: signs in, asks for the session. */
async function bystander(stack: Stack, until: Promise<unknown>): Promise<number> {
  const over = new AbortController()
  const end = () => over.abort()
  void until.then(end, end)
  let rounds = 0
  do {
    const browser: HttpBrowser = createHttpBrowser()
    await signIn(stack, browser, { user: 'rita@contoso.test', instance: rounds % 2 })
    expect(await isSignedIn(stack, browser, rounds % 2)).toBe(true)
    rounds++
  } while (!over.signal.aborted)
  return rounds
}

test(
  'H-07 signing out everywhere with 4,000 index rows ends what lives, and starves nobody',
  { timeout: 120_000 },
  async ({ stack }) => {
    const browser = await signIn(stack)
    await multiply(stack)
    stack.storage.reset()
    const signOut = callAt(stack, browser, 'POST /auth/logout', 0, { body: '{"everywhere":true}' })
    expect(await bystander(stack, signOut)).toBeGreaterThan(0)
    expect((await signOut).status).toBe(200)
    const mine = (await rowsOf(stack, 'sessions')).length
    expect(linesOf(stack, 'bff.session.ended')).toHaveLength(live + 1)
    expect(linesOf(stack, 'bff.dependency.failed')).toEqual([])
    // What is left are the sessions of the bystander.
    expect(await countRows(stack)).toMatchObject({ sessions: mine, sessionIndex: 2 * mine })
    expect(linesOf(stack, 'bff.login.succeeded')).toHaveLength(mine + 1)
  },
)

test('E-14 the list reads as many sessions as it shows', async ({ stack }) => {
  const browser = await signIn(stack)
  await multiply(stack, 200)
  stack.storage.reset()
  const reply = await callAt(stack, browser, 'GET /auth/sessions')
  expect(reply.json<{ sessions: unknown[] }>().sessions).toHaveLength(50)
  expect(stack.storage.counts()['GET sessions']).toBe(51)
})

test('E-14 a user has at most MAX_SESSIONS_PER_USER live sessions', async ({ stack }) => {
  await stack.restart({ MAX_SESSIONS_PER_USER: '3' })
  const browsers: HttpBrowser[] = []
  for (let count = 0; count < 5; count++) browsers.push(await signIn(stack))
  const other = await signIn(stack, undefined, { user: 'rita@contoso.test' })
  const live = await Promise.all(browsers.map((browser) => isSignedIn(stack, browser, 1)))
  expect(live.filter(Boolean)).toHaveLength(3)
  expect(live[4]).toBe(true)
  expect(await isSignedIn(stack, other)).toBe(true)
  expect(await countRows(stack)).toMatchObject({ sessions: 4, sessionIndex: 8 })
  expect(linesOf(stack, 'bff.session.ended')).toMatchObject([
    { reason: 'too_many_sessions', function: 'callback' },
    { reason: 'too_many_sessions', function: 'callback' },
  ])
  await stack.restart()
})
