import type { IncomingMessage } from 'node:http'
import { requestLimits } from './request-head.ts'

/**
 * Reads a body the way the host hands it over in buffered mode: only one with a Content-Length. A
 * chunked body is dropped, whatever its size. Returns 'too large' above 100 MiB.
 */
export async function readRequestBody(
  request: IncomingMessage,
): Promise<Uint8Array | undefined | 'too large'> {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > requestLimits.body) return 'too large'
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  return request.headers['transfer-encoding'] !== undefined || length === 0
    ? undefined
    : Buffer.concat(chunks)
}
