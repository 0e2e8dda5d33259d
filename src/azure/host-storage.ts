import { BffError } from '../base/errors.ts'
import type { Environment } from '../settings/front-end.ts'

const timeoutMs = 2_500

/**
 * Asks whether the blob endpoint that the Functions host itself uses answers at all: the host looks for
 * its keys there when a query has a `code`, as that of a callback has. Without a credential, so that any
 * answer below 500 will do. Undefined where the host has no such endpoint, as on a developer's machine.
 * https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
 */
export function createHostStorageProbe(env: Environment): (() => Promise<void>) | undefined {
  const url = env['AzureWebJobsStorage__blobServiceUri']
  return url === undefined || url === '' ? undefined : () => probe(url)
}

async function probe(url: string): Promise<void> {
  const status = await statusOf(url)
  if (status === undefined || status >= 500)
    throw new BffError('storage_unavailable', 'the blob storage of the host does not answer')
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', signal })
    return answer.status
  } catch {
    return undefined
  }
}
