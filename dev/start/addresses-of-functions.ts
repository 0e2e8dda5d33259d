import type { StartArguments } from '../../scripts/start-arguments.mjs'
import { isLoopback } from '../../src/settings/addresses.ts'
import { wantedPorts } from './ports.ts'

/** What the options and settings say of where the functions listen and how browsers reach them. */
export interface WantedAddress {
  readonly port: number
  /** Somebody asked for this port, so another one will not do. */
  readonly isExplicit: boolean
  readonly https: boolean
  /** Where it is not `localhost` at that port: a tunnel, or another dev server in front. */
  readonly publicUrl: string | undefined
}

/** As in local.settings.sample.json, where it says nothing that is not so anyway. */
const usualUrl = `http://localhost:${wantedPorts.functions}`

/**
 * `--port`, else `PORT`, else the port of a `PUBLIC_URL` on this machine, else 7071. Throws where one of
 * them cannot be read.
 */
export function wantedAddress(
  args: Pick<StartArguments, 'https' | 'port'>,
  values: Readonly<Record<string, string>>,
): WantedAddress {
  const url = publicUrlOf(values['PUBLIC_URL'])
  const local = url !== undefined && isLoopback(url) ? url : undefined
  const asked = args.port ?? portOf(values['PORT']) ?? portOfUrl(local)
  const port = asked ?? wantedPorts.functions
  const https = args.https || local?.protocol === 'https:'
  const own = `${https ? 'https' : 'http'}://localhost:${port}`
  return {
    port,
    isExplicit: asked !== undefined,
    https,
    publicUrl: url === undefined || url.origin === own ? undefined : url.origin,
  }
}

function publicUrlOf(text: string | undefined): URL | undefined {
  if (text === undefined || text.trim() === '' || text.trim() === usualUrl) return undefined
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new Error('PUBLIC_URL must be an http or https origin')
  }
  return new URL(text)
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new Error('PORT must be a number from 1 to 65535')
}

function portOfUrl(url: URL | undefined): number | undefined {
  if (url === undefined) return undefined
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
}
