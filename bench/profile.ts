import { Session } from 'node:inspector/promises'

/** A function, and the share of CPU time that it took itself. */
export interface ProfileLine {
  readonly name: string
  readonly percent: number
}

let session: Session | undefined

/** Begins to sample what this process does. */
export async function startProfile(): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 200 })
  await session.post('Profiler.start')
}

/** Ends it: what took longest by itself, idle time apart. */
export async function stopProfile(): Promise<ProfileLine[]> {
  if (session === undefined) return []
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  session = undefined
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const micros = new Map<string, number>()
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const name = names.get(id) ?? ''
    micros.set(name, (micros.get(name) ?? 0) + (profile.timeDeltas?.[at] ?? 0))
  }
  micros.delete('(idle)')
  const total = [...micros.values()].reduce((sum, each) => sum + each, 0)
  return [...micros]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 60)
    .map(([name, each]) => ({ name, percent: (each / total) * 100 }))
}

function nameOf(frame: { functionName: string; url: string; lineNumber: number }): string {
  const file = frame.url.replace(/^.*\//, '')
  const name = frame.functionName || `anonymous:${frame.lineNumber + 1}`
  return file === '' ? name : `${name} ${file}`
}
