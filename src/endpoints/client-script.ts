import { createHash } from 'node:crypto'
import type { App } from '../app/app.ts'
import { once } from '../app/create-app.ts'
import { corsHeaders } from '../http/cors.ts'
import { type IncomingRequest, type Reply, header, queryOf } from '../http/messages.ts'
import { empty } from '../http/replies.ts'

/**
 * `GET /auth/client.js`: the helper for single-page apps, as this version of the server was built
 * with it; `?part=leave` is what it loads itself where a page is left. A validator answers 304
 * (RFC 9110 §13). Module scripts are always CORS requests, so a sibling origin needs its header.
 */
export async function clientScript(request: IncomingRequest, app: App): Promise<Reply> {
  const part = queryOf(request).get('part') === 'leave' ? 'leave' : 'core'
  const { text, etag } = (await scripts())[part]
  const headers = {
    ...corsHeaders(request, app.settings.origins),
    'cache-control': 'public, max-age=3600',
    pragma: '',
    etag,
  }
  if (isKnown(header(request, 'if-none-match'), etag)) return empty(304, headers)
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' },
    body: text,
  }
}

/** Loaded at first use: most instances are never asked. */
const scripts = once(async () => {
  const { clientFiles } = await import('../base/client-files.ts')
  return { core: withTag(clientFiles.core), leave: withTag(clientFiles.leave) }
})

function withTag(text: string) {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
}

function isKnown(condition: string | undefined, etag: string): boolean {
  const known = (condition ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return known.includes(etag) || known.includes('*')
}
