import { expect } from 'vitest'
import { expectClosedLines } from '../support/audit-lines.ts'
import type { FaultRule } from '../support/fault-proxy.ts'
import { createHttpBrowser } from '../support/http-browser.ts'
import {
  callAt,
  refreshAt,
  refreshRequests,
  refreshTogether,
  type SessionJson,
  storageFault,
} from '../support/instances.ts'
import {
  createSessionModel,
  type Person,
  seeded,
  type SessionModel,
} from '../support/session-model.ts'
import { stackTest } from '../support/stack-test.ts'
import { atInstance, signIn, type Stack, startSignIn } from '../support/stack.ts'
import { emptyTables, rowsOf } from '../support/table-rows.ts'

const users = ['ada@contoso.test', 'rita@contoso.test', 'nora@contoso.test']

const test = stackTest({ instances: 2 })

let clock = 0

test.beforeAll(async ({ stack }) => {
  await stack.admin.settings({ canary: 'CANARY' })
  for (const instance of [0, 1]) await signIn(stack, undefined, { instance })
})
test.beforeEach(({ stack }) => emptyTables(stack))
test.afterEach(({ stack }) => expectClosedLines(stack, ['CANARY']))

const now = () => Date.now() / 1000 + clock

async function pass(stack: Stack, seconds: number): Promise<void> {
  clock += seconds
  await stack.moveClock(clock)
}

/** One run: random steps, each checked against the model. */
interface Run {
  readonly stack: Stack
  readonly model: SessionModel
  readonly pick: <T>(list: readonly T[]) => T
}

type Step = (run: Run, person: Person) => Promise<void>

/** A fault that the storage client, or the next of our own tries, has to get over. */
const faults: readonly (readonly [string, string, FaultRule['action']])[] = [
  ['GET', 'sessions', 'reset'],
  ['GET', 'sessions', 'status'],
  ['PATCH', 'sessions', '412'],
  ['PATCH', 'sessions', 'drop-after-apply'],
  ['PATCH', 'sessions', 'status'],
  ['POST', 'sessions', 'drop-after-apply'],
  ['DELETE', 'sessions', 'drop-after-apply'],
  ['DELETE', 'sessionIndex', 'reset'],
  ['PUT', 'sessionIndex', 'drop-after-apply'],
  ['GET', 'sessionIndex', 'reset'],
  ['PATCH', 'signIns', 'drop-after-apply'],
]

const steps: Readonly<Record<string, Step>> = {
  async signIn({ stack, model, pick }, person) {
    const user = pick(users)
    const instance = pick([0, 1])
    const { callbackUrl } = await startSignIn(stack, person.browser, { user, instance })
    const callbacks = pick([1, 1, 2])
    const before = person.browser.clone()
    const arrived = await Promise.all(
      Array.from({ length: callbacks }, (_, call) =>
        before.clone().navigate(atInstance(stack, callbackUrl, call % 2)),
      ),
    )
    expect(arrived.map(({ status }) => status)).toEqual(arrived.map(() => 200))
    model.ends(person, 'replaced')
    for (const line of arrived[0]!.setCookies) setCookie(person, line)
    const session = await read(stack, person, pick([0, 1]))
    expect(session.user.username).toBe(user)
    model.has(person, session)
  },
  async read({ stack, model, pick }, person) {
    await expectAsModelled({ stack, model }, person, pick([0, 1]), pick(['', '?slide=false']))
  },
  async refresh({ stack, model, pick }, person) {
    await expectRefreshed(model, person, [await refreshAt(stack, person.browser, pick([0, 1]))])
  },
  async refreshTogether({ stack, model }, person) {
    await pass(stack, 1)
    await stack.admin.clearRequests()
    await stack.admin.fault({ on: 'token', delayMs: 150 })
    const replies = await refreshTogether(stack, person.browser, 6)
    await stack.admin.clearFaults()
    expect((await refreshRequests(stack)).length).toBeLessThanOrEqual(1)
    await expectRefreshed(model, person, replies)
  },
  async refuse({ stack, model, pick }, person) {
    const [preset, status] = pick([
      ['unavailable', 503],
      ['refresh_mfa', 401],
      ['refresh_consent', 401],
      ['invalid_client', 503],
      ['not_json', 503],
    ] as const)
    await pass(stack, 1)
    if (model.isSignedIn(person) !== true) return
    await stack.admin.fault(preset)
    expect((await refreshAt(stack, person.browser, pick([0, 1]))).status).toBe(status)
    await stack.admin.clearFaults()
    await expectAsModelled({ stack, model }, person, pick([0, 1]), '?slide=false')
    await pass(stack, 121)
  },
  async revoke({ stack, model, pick }, person) {
    if (model.isSignedIn(person) !== true) return
    await stack.admin.fault('refresh_revoked')
    const reply = await refreshAt(stack, person.browser, pick([0, 1]))
    await stack.admin.clearFaults()
    expect(reply.status).toBe(401)
    model.ends(person, 'revoked')
  },
  async signOut({ stack, model, pick }, person) {
    const left = person.browser.clone()
    const reply = await callAt(stack, left, 'POST /auth/logout', pick([0, 1]))
    expect(reply.status).toBe(200)
    model.ends(person, 'signed out')
    person.browser.cookies.delete('session')
  },
  async signOutEverywhere({ stack, model, pick }, person) {
    const signedIn = model.isSignedIn(person)
    const user = person.session?.user
    const request = { body: '{"everywhere":true}' }
    const reply = await callAt(
      stack,
      person.browser.clone(),
      'POST /auth/logout',
      pick([0, 1]),
      request,
    )
    expect(reply.status).toBe(200)
    if (signedIn === true) model.endsAll(user!, 'signed out everywhere')
  },
  async endAnother({ stack, model, pick }, person) {
    if (model.isSignedIn(person) !== true) return
    const listed = await callAt(stack, person.browser, 'GET /auth/sessions', pick([0, 1]))
    expect(listed.status).toBe(200)
    const { sessions } = listed.json<{ sessions: { id: string; current: boolean }[] }>()
    const same = model.people.filter((other) => other.session?.user === person.session?.user)
    expect(sessions.length).toBeLessThanOrEqual(same.length)
    expect(sessions.filter(({ current }) => current)).toHaveLength(1)
    const others = sessions.filter(({ current }) => !current)
    for (const { id } of others)
      expect((await callAt(stack, person.browser, `DELETE /auth/sessions/${id}`)).status).toBe(204)
    for (const other of same) if (other !== person) model.ends(other, 'ended from the list')
  },
  async storageFault(run, person) {
    const { stack } = run
    const [method, table, action] = run.pick(faults)
    const rule = { action, times: 1, ...(action === 'status' && { status: 500 }) }
    const fault = storageFault(stack, [method, table], rule)
    await run.pick([steps['signIn'], steps['refresh'], steps['read'], steps['signOut']])!(
      run,
      person,
    )
    fault.remove()
  },
  async outage(run, person) {
    const { stack, model, pick } = run
    const expected = model.isSignedIn(person)
    const fault = storageFault(stack, [pick(['GET', 'DELETE']), 'sessions'], { action: 'reset' })
    const call = pick(['POST /auth/logout', 'GET /auth/session'] as const)
    const reply = await callAt(stack, person.browser.clone(), call, pick([0, 1]))
    fault.remove()
    // Signing out counts only where it was said to have worked.
    if (call === 'POST /auth/logout' && reply.status === 200 && expected !== false)
      model.ends(person, 'signed out in an outage')
    else await expectAsModelled({ stack, model }, person, pick([0, 1]), '?slide=false')
  },
  async time({ stack, pick }) {
    await pass(stack, pick([5, 60, 400, 1300, 1300, 3700]))
  },
  async replay({ stack, model, pick }) {
    if (model.ended.length === 0) return
    const { browser, why } = pick(model.ended)
    await expectDead(stack, browser, why, pick([0, 1]))
  },
}

function setCookie(person: Person, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  person.browser.cookies.set(name, value)
}

async function read(
  stack: Stack,
  person: Person,
  instance: number,
  query = '',
): Promise<SessionJson> {
  const path = `GET /auth/session${query}` as const
  const reply = await callAt(stack, person.browser, path, instance)
  expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('"authenticated":')])
  return reply.json()
}

async function expectAsModelled(
  { stack, model }: Pick<Run, 'stack' | 'model'>,
  person: Person,
  instance: number,
  query: string,
): Promise<void> {
  const expected = model.isSignedIn(person)
  const session = await read(stack, person, instance, query)
  if (expected !== undefined) expect(session.authenticated).toBe(expected)
  if (!session.authenticated) return model.ends(person, 'expired')
  expect(session.user.username).toBe(person.session?.user)
  model.has(person, session)
}

async function expectRefreshed(
  model: SessionModel,
  person: Person,
  replies: readonly { readonly status: number; json<T>(): T }[],
): Promise<void> {
  const expected = model.isSignedIn(person)
  const statuses = new Set(replies.map(({ status }) => status))
  if (expected !== undefined) expect(statuses).toEqual(new Set([expected ? 200 : 401]))
  for (const reply of replies) {
    if (reply.status !== 200) model.ends(person, 'expired')
    else {
      expect(reply.json<SessionJson>().user.username).toBe(person.session?.user)
      model.has(person, reply.json())
    }
  }
}

async function expectDead(
  stack: Stack,
  browser: Person['browser'],
  why: string,
  instance: number,
): Promise<void> {
  const reply = await callAt(stack, browser.clone(), 'GET /auth/session', instance)
  expect([why, reply.json()['authenticated']]).toEqual([why, false])
}

/** How often each step is taken. */
const weights: Readonly<Record<string, number>> = {
  signIn: 4,
  read: 5,
  refresh: 4,
  time: 3,
  replay: 3,
}
const bag = Object.keys(steps).flatMap((name) => Array<string>(weights[name] ?? 2).fill(name))

test.for([1, 20_260_101])(
  'D-11 E-05 E-15 150 random steps (seed %d): no session lost, none back from the dead, none of another',
  { timeout: 120_000 },
  async (seed, { stack }) => {
    const random = seeded(seed)
    const pick: Run['pick'] = (list) => list[Math.floor(random() * list.length)]!
    const people = ['first', 'second', 'third', 'fourth'].map((name): Person => ({
      name,
      browser: createHttpBrowser(),
      session: undefined,
    }))
    const model = createSessionModel(people, now)
    const taken: string[] = []
    for (let count = 0; count < 150; count++) {
      const name = pick(bag)
      const person = pick(people)
      taken.push(`${person.name} ${name}`)
      try {
        await steps[name]!({ stack, model, pick }, person)
      } catch (error) {
        throw new Error(`seed ${seed}, step ${count}: ${taken.slice(-8).join(', ')}`, {
          cause: error,
        })
      }
    }
    for (const person of people) await expectAsModelled({ stack, model }, person, 0, '?slide=false')
    for (const { browser, why } of model.ended) await expectDead(stack, browser, why, 1)
    const alive = people.filter((person) => model.isSignedIn(person) === true).length
    expect((await rowsOf(stack, 'sessions')).length).toBeLessThanOrEqual(alive)
  },
)
