import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { NodeVersion } from './node-versions.ts'
import { median } from './median.ts'

const run = promisify(execFile)

/** A request that a cold instance gets first. */
export interface ColdRequest {
  /** Of the function. */
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** What to start, over and over, in turns. */
export interface ColdStarts {
  /** load-once.ts, built. */
  readonly script: string
  readonly app: string
  readonly emptyApp: string
  readonly env: Readonly<Record<string, string>>
  /** A fresh request for each start, with the status that it has to be answered with. */
  readonly requests: Readonly<Record<string, () => Promise<ColdRequest & { status: number }>>>
  readonly rounds: number
}

/** Medians in milliseconds. */
export interface ColdStart {
  readonly node: string
  /** From the start of the process until the entry is loaded. */
  readonly empty: number
  readonly app: number
  /** From the first request to its answer, once the entry is loaded. */
  readonly answers: Readonly<Record<string, number>>
}

/** Starts processes under one version of Node, the apps in turns, so that all meet the same noise. */
export async function measureColdStarts(
  node: NodeVersion,
  { script, app, emptyApp, env, requests, rounds }: ColdStarts,
): Promise<ColdStart> {
  const start = async (directory: string, request?: ColdRequest) => {
    const args = [script, directory, ...(request ? [JSON.stringify(request)] : [])]
    const { stdout } = await run(node.binary, args, { env })
    return JSON.parse(stdout) as { loaded: number; answering?: number; status?: string }
  }
  const loaded: { empty: number[]; app: number[] } = { empty: [], app: [] }
  const answers: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    loaded.empty.push((await start(emptyApp)).loaded)
    loaded.app.push((await start(app)).loaded)
    for (const [name, next] of Object.entries(requests)) {
      const request = await next()
      const { answering = NaN, status } = await start(app, request)
      if (Number(status) !== request.status) throw new Error(`cold ${name} answered ${status}`)
      ;(answers[name] ??= []).push(answering)
    }
  }
  return {
    node: node.version,
    empty: median(loaded.empty),
    app: median(loaded.app),
    answers: Object.fromEntries(
      Object.entries(answers).map(([name, samples]) => [name, median(samples)]),
    ),
  }
}
