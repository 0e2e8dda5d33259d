import { readFile } from 'node:fs/promises'
import type { PartyResult } from '../result.ts'
import type { CpuMs } from './scenarios.ts'

/** What is taken where the benchmark has not run here: docs/performance.md. */
const published: CpuMs = {
  login: 0.6,
  callback: 2.9,
  session: 0.6,
  api: 0.9,
  refresh: 2,
  logout: 1.2,
}

/** CPU-ms of each request as `npm run bench` measured them last, the worker included. */
export async function cpuOfRequests(file: string): Promise<{ cpuMs: CpuMs; measured: boolean }> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { cpuMs: published, measured: false }
  const [app] = (JSON.parse(text) as { operations: PartyResult[] }).operations
  const of = app?.cpuMs
  if (of?.full === undefined) return { cpuMs: published, measured: false }
  const { login = 0, session = 0, api = 0, refresh = 0, full } = of
  // Of callback and logout the benchmark knows the sum: a callback makes 5 calls and one of the provider.
  const rest = Math.max(full - login - session - refresh, 0)
  const cpuMs = { login, session, api, refresh, callback: rest * 0.7, logout: rest * 0.3 }
  return { cpuMs, measured: true }
}
