import { retryAfterMs } from '../base/retry-after.ts'
import type { SdkHttpClient } from './sdk-http-client.ts'

type SdkResponse = Awaited<ReturnType<SdkHttpClient['sendRequest']>>

/** The part of the SDKs' `RestError` that is read here; the class itself is not loaded for it. */
interface RestFault extends Error {
  readonly code?: string
  readonly statusCode?: number
  readonly response?: SdkResponse & { readonly parsedBody?: unknown }
}

/** What the table service answered to a request that was sent past the SDK's operations. */
export class ServiceFault extends Error implements RestFault {
  override readonly name = 'ServiceFault'
  readonly code: string
  readonly statusCode: number
  readonly request: SdkResponse['request']
  readonly response: SdkResponse

  constructor(response: SdkResponse, text: string) {
    super('the table service refused')
    this.code = codeIn(text)
    this.statusCode = response.status
    this.request = response.request
    this.response = response
  }
}

/** The HTTP status of a failed SDK call; undefined where nothing answered. */
export function statusOf(error: unknown): number | undefined {
  return isRestFault(error) ? error.statusCode : undefined
}

/** The service's own word for a fault, like `ResourceNotFound`. */
export function serviceCode(error: unknown): string | undefined {
  if (!isRestFault(error)) return undefined
  const body = error.response?.parsedBody
  const odata = isRecord(body) && isRecord(body['odataError']) ? body['odataError'] : undefined
  return typeof odata?.['code'] === 'string' ? odata['code'] : error.code
}

/**
 * What the log may know of a failed call. Never the SDK's error itself: it holds the request with its
 * credentials and content.
 */
export function describeFault(error: unknown): {
  /** A word of the service or of Node. */
  readonly reason: string
  readonly status?: number
  readonly retryAfterSeconds?: number
} {
  const status = statusOf(error)
  const waitMs =
    isRestFault(error) && error.response
      ? retryAfterMs(error.response.headers.get('retry-after'), Date.now())
      : undefined
  return {
    reason: reasonOf(error),
    ...(status !== undefined && { status }),
    ...(waitMs !== undefined && { retryAfterSeconds: Math.ceil(waitMs / 1000) }),
  }
}

function reasonOf(error: unknown): string {
  const code =
    serviceCode(error) ?? (error instanceof Error && 'code' in error ? error.code : undefined)
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : 'unexpected answer'
}

function isRestFault(error: unknown): error is RestFault {
  return error instanceof ServiceFault || (error instanceof Error && error.name === 'RestError')
}

/** The code of an OData error; empty where the answer is none. */
function codeIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    const error = isRecord(body) ? body['odata.error'] : undefined
    return isRecord(error) && typeof error['code'] === 'string' ? error['code'] : ''
  } catch {
    return ''
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
