import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

const probeTimeoutMs = 15_000
const shownBodyLength = 2_000

/**
 * Asks a part whether it answers as it should. Rejects where it does not, in the words of `explain` where
 * it has some for the body. `ca` is for https.
 */
export async function probe(
  url: string,
  expectedStatus: number,
  { ca, explain }: { ca?: string | undefined; explain?: (body: string) => string | undefined } = {},
): Promise<void> {
  const { status, body } = await get(url, ca)
  if (status === expectedStatus) return
  const reason = body.startsWith('{') ? `: ${body.slice(0, shownBodyLength)}` : ''
  throw new Error(
    explain?.(body) ?? `${url} answered ${status} instead of ${expectedStatus}${reason}`,
  )
}

function get(url: string, ca: string | undefined): Promise<{ status: number; body: string }> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp
  const settings = { agent: false, timeout: probeTimeoutMs, ...(ca === undefined ? {} : { ca }) }
  return new Promise((resolve, reject) => {
    const request = send(url, settings, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      )
    })
    request.on('timeout', () => request.destroy(new Error(`${url} does not answer`)))
    request.on('error', reject)
    request.end()
  })
}
