import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The part of host.json that decides what a client sees. */
export interface HostConfiguration {
  /** Without slashes at its ends; "api" where host.json names none. */
  readonly routePrefix: string
  readonly customHeaders: Readonly<Record<string, string>>
}

interface HostJson {
  readonly extensions?: {
    readonly http?: {
      readonly routePrefix?: string
      readonly customHeaders?: Record<string, string>
    }
  }
}

/** Reads host.json of an app. Throws where it is missing or not JSON: the host does not start then. */
export async function readHostConfiguration(appDirectory: string): Promise<HostConfiguration> {
  const hostJson = JSON.parse(await readFile(join(appDirectory, 'host.json'), 'utf8')) as HostJson
  const http = hostJson.extensions?.http
  return {
    routePrefix: (http?.routePrefix ?? 'api').replace(/^\/+|\/+$/g, ''),
    customHeaders: http?.customHeaders ?? {},
  }
}
