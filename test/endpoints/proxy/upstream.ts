import type { Upstream } from '../../../src/settings/upstreams.ts'
import { upstreamsFormat } from '../../../src/settings/upstreams.ts'
import * as v from 'valibot'

/** An API as the settings give it. */
export function upstream(json: Readonly<Record<string, unknown>> = {}): Upstream {
  const api = { url: 'https://api.example.com', scopes: ['api://demo/read'], ...json }
  return v.parse(upstreamsFormat, JSON.stringify({ demo: api }))[0]!
}
