import { createHttpBrowser, type BrowserReply, type HttpBrowser } from '../http-browser.ts'
import { callAt, refreshAt, type SessionJson } from '../instances.ts'
import { atInstance, type Stack, startSignIn } from '../stack.ts'
import type { SoakTally } from './tally.ts'

/** Somebody who is signed in. */
interface Member {
  readonly browser: HttpBrowser
  readonly username: string
}

/** A crowd that uses the app, one thing at a time each, at whichever instance. */
export interface Crowd {
  readonly size: () => number
  /** One more signs in; nothing happens where that fails. */
  join(): Promise<void>
  /** One of them does something, now and then signing out. */
  act(): Promise<void>
  /** Asks for the session of every one of them, until it is told or truly gone. */
  countAll(): Promise<void>
}

const people = ['ada@contoso.test', 'rita@contoso.test', 'nora@contoso.test']

/** Nobody, yet. */
export function createCrowd(stack: Stack, tally: SoakTally, random: () => number): Crowd {
  const members: Member[] = []
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]!
  const anyInstance = () => Math.floor(random() * stack.hosts.length)
  const answered = async (call: Promise<BrowserReply>): Promise<BrowserReply | undefined> => {
    tally.counts.requests++
    const reply = await call.catch(() => undefined)
    if (reply === undefined) tally.error('no answer')
    else if (reply.status >= 400) tally.error(`${reply.status} ${codeOf(reply)}`)
    return reply
  }
  const lose = (member: Member) => {
    if (!members.includes(member)) return
    members.splice(members.indexOf(member), 1)
    tally.counts.lost++
  }
  const judge = (member: Member, reply: BrowserReply | undefined) => {
    if (reply?.status === 401) lose(member)
    if (reply?.status !== 200) return
    const session = reply.json<SessionJson>()
    if (!session.authenticated) lose(member)
    else if (session.user.username !== member.username) tally.counts.wrong++
  }
  const ask = (member: Member) =>
    answered(callAt(stack, member.browser, 'GET /auth/session', anyInstance()))

  const leave = async (member: Member) => {
    members.splice(members.indexOf(member), 1)
    const reply = await answered(
      callAt(stack, member.browser.clone(), 'POST /auth/logout', anyInstance(), { body: '{}' }),
    )
    if (reply?.status !== 200) return
    const after = await ask(member)
    if (after?.status === 200 && after.json<SessionJson>().authenticated) tally.counts.revived++
  }

  return {
    size: () => members.length,
    async join() {
      const member = { browser: createHttpBrowser(), username: pick(people) }
      try {
        const user = { user: member.username, instance: anyInstance() }
        const { callbackUrl } = await startSignIn(stack, member.browser, user)
        const arrival = await answered(
          member.browser.navigate(atInstance(stack, callbackUrl, anyInstance())),
        )
        if (arrival?.status !== 200) return
      } catch {
        return tally.error('sign-in not begun')
      }
      tally.counts.signedIn++
      members.push(member)
    },
    async act() {
      if (members.length === 0) return
      const member = pick(members)
      const chance = random()
      if (chance < 0.03) return leave(member)
      if (chance < 0.25)
        judge(member, await answered(refreshAt(stack, member.browser, anyInstance())))
      else judge(member, await ask(member))
    },
    async countAll() {
      for (const member of members.toReversed()) {
        for (let attempt = 0; attempt < 10; attempt++) {
          const reply = await ask(member)
          judge(member, reply)
          if (reply?.status === 200) break
          if (attempt === 9) lose(member)
        }
      }
    },
  }
}

function codeOf(reply: BrowserReply): string {
  try {
    return String(reply.json<{ code?: string }>().code)
  } catch {
    return 'page'
  }
}
