import type { HttpBrowser } from './http-browser.ts'
import type { SessionJson } from './instances.ts'

/** A person at a browser, and what the app should know of them. */
export interface Person {
  readonly name: string
  readonly browser: HttpBrowser
  /** Whose session the browser has; undefined: signed out. */
  session: { user: string; idleEndsAt: number; endsAt: number } | undefined
}

/** Seconds around an end in which either answer is right: calls take their time. */
const margin = 45

/**
 * What should be true of some browsers: a model without tokens, rows, leases or keys. It is told what
 * happened, and tells what an answer has to be.
 */
export interface SessionModel {
  readonly people: readonly Person[]
  /** Cookies of sessions that have ended, with whose they were. */
  readonly ended: readonly { readonly browser: HttpBrowser; readonly why: string }[]
  /** Undefined: so close to an end that either is right. */
  isSignedIn(person: Person): boolean | undefined
  /** The browser has the session that this answer tells of. */
  has(person: Person, session: SessionJson): void
  ends(person: Person, why: string): void
  endsAll(user: string, why: string): void
}

/** A model of `people`, with a clock in seconds. */
export function createSessionModel(people: readonly Person[], now: () => number): SessionModel {
  const ended: { browser: HttpBrowser; why: string }[] = []
  const ends = (person: Person, why: string): void => {
    if (person.session !== undefined) ended.push({ browser: person.browser.clone(), why })
    person.session = undefined
  }
  return {
    people,
    ended,
    isSignedIn({ session }) {
      if (session === undefined) return false
      const left = Math.min(session.idleEndsAt, session.endsAt) - now()
      if (Math.abs(left) < margin) return undefined
      return left > 0
    },
    has(person, { user, idleExpiresIn, expiresIn }) {
      const time = now()
      person.session = {
        user: user.username,
        idleEndsAt: time + idleExpiresIn,
        endsAt: time + expiresIn,
      }
    },
    ends,
    endsAll(user, why) {
      for (const person of people) if (person.session?.user === user) ends(person, why)
    },
  }
}

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
