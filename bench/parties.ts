import { fork } from 'node:child_process'
import { clientSecret } from '../dev/entra/defaults.ts'
import type { BenchStack } from './bench-stack.ts'

/** A relying party that is measured: an app in the functions host, or a peer in its own process. */
export interface Party {
  readonly name: string
  readonly origin: string
  /** Whether it runs under the functions' worker, which is part of its figures. */
  readonly inWorker: boolean
  stop(): void
}

/** The peers by the file in bench/peers, and what they are. */
const peers = [
  { name: 'bare node:http, @azure/data-tables', file: 'bare-tables.mjs' },
  { name: 'textbook Express, sessions in memory', file: 'textbook-express.mjs' },
  { name: 'express-openid-connect, cookie session', file: 'express-openid-connect.mjs' },
  {
    name: 'express-openid-connect, session store in memory',
    file: 'express-openid-connect.mjs',
    env: { SESSION_STORE: 'memory' },
  },
]

/** Starts every peer against the parts of the stack. */
export function startPeers(stack: BenchStack, directory: string): Promise<Party[]> {
  return Promise.all(
    peers.map(async ({ name, file, env }) => {
      const child = fork(`${directory}/${file}`, {
        env: {
          PATH: process.env['PATH'] ?? '',
          NODE_ENV: 'production',
          ISSUER: `${stack.entra.origin}/${stack.entra.tenantId}/v2.0`,
          CLIENT_ID: stack.entra.clientId,
          CLIENT_SECRET: clientSecret,
          API_ORIGIN: stack.apiOrigin,
          SCOPE: `openid profile email offline_access ${stack.apiScope}`,
          TABLES_ENDPOINT: stack.tables[0] ?? '',
          ...env,
        },
      })
      const origin = await new Promise<string>((resolve, reject) => {
        child.once('message', (message: { origin: string }) => resolve(message.origin))
        child.once('exit', () => reject(new Error(`${file} did not start`)))
      })
      return { name, origin, inWorker: false, stop: () => child.disconnect() }
    }),
  )
}
