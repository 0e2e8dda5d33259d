import { Agent } from 'node:http'
import { createVirtualUser } from '../virtual-user.ts'

/** What a run on this machine came to. */
export interface RealOutcome {
  /** Full sign-ins that ended well, each second of the second half. */
  readonly perSecond: number
  readonly done: number
  readonly failedShare: number
}

/** Instances of the app, and how much is asked of them. */
export interface RealLoad {
  readonly origins: readonly string[]
  readonly entraOrigin: string
  /** Full sign-ins that begin each second, at random times. */
  readonly perSecond: number
  readonly seconds: number
}

/** Lets full sign-ins begin at their time, whether earlier ones have ended or not. */
export async function runForReal(load: RealLoad): Promise<RealOutcome> {
  const agent = new Agent({ keepAlive: true })
  const parties = load.origins.map((origin) => ({
    name: origin,
    origin,
    inWorker: true,
    stop: () => undefined,
  }))
  const users = await Promise.all(
    parties.map((party) => createVirtualUser(party, load.entraOrigin, agent)),
  )
  let done = 0
  const counted = { done: 0, failed: 0 }
  const running = new Set<Promise<void>>()
  const startedAt = performance.now()
  const endsAt = startedAt + load.seconds * 1000
  const countsFrom = startedAt + load.seconds * 500
  const isCounted = () => performance.now() > countsFrom && performance.now() <= endsAt
  for (let next = startedAt; next < endsAt;) {
    await new Promise((resolve) => setTimeout(resolve, next - performance.now()))
    const user = users[Math.floor(Math.random() * users.length)]!
    const one: Promise<void> = user
      .full()
      .then(
        () => true,
        () => false,
      )
      .then((ok) => {
        running.delete(one)
        if (ok) done++
        if (isCounted()) counted[ok ? 'done' : 'failed']++
        return undefined
      })
    running.add(one)
    next += (-Math.log(1 - Math.random()) * 1000) / load.perSecond
  }
  await Promise.all(running)
  agent.destroy()
  return {
    done,
    perSecond: counted.done / (load.seconds / 2),
    failedShare: counted.failed / Math.max(1, counted.done + counted.failed),
  }
}
