import type { IdpDiagnostics } from '../../base/events.ts'

/** An error answer of the identity provider (RFC 6749 §4.1.2.1, §5.2) as far as anything is decided on it. */
export interface ProviderError {
  readonly error: string
  readonly suberror?: string
  /** `cancel`, in authorization responses of Entra. */
  readonly subcode?: string
  /** A claims challenge came along; empty where it is unusable. */
  readonly claims?: string
  /** AADSTS numbers, and those of B2C with a `B2C` before them. */
  readonly codes: readonly string[]
  readonly traceId?: string
  readonly correlationId?: string
}

const maximumClaimsLength = 8192
const traceId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Reads the error of an authorization response, which must have one. */
export function errorOfAuthorization(response: {
  readonly error: string | undefined
  readonly errorSubcode: string | undefined
  readonly errorDescription: string | undefined
}): ProviderError {
  const description = response.errorDescription?.slice(0, 2048) ?? ''
  return {
    error: response.error ?? '',
    ...(response.errorSubcode !== undefined && { subcode: response.errorSubcode }),
    codes: codesIn(description),
    ...idIn(description, 'traceId', /trace id: ?([0-9a-f-]{36})/i),
    ...idIn(description, 'correlationId', /correlation id: ?([0-9a-f-]{36})/i),
  }
}

/** Reads the error of a token response, or undefined where the body has none. */
export function errorOfTokenResponse(
  body: Readonly<Record<string, unknown>>,
): ProviderError | undefined {
  const { error, suberror, claims, error_codes, error_description, trace_id, correlation_id } = body
  if (typeof error !== 'string' || error === '') return undefined
  const description = typeof error_description === 'string' ? error_description.slice(0, 2048) : ''
  const numbers = Array.isArray(error_codes) ? error_codes.slice(0, 8) : []
  return {
    error,
    ...(typeof suberror === 'string' && suberror !== '' && { suberror }),
    ...(claims !== undefined &&
      claims !== null &&
      claims !== '' && { claims: usableClaims(claims) }),
    codes: [...new Set([...numbers.filter(isErrorNumber).map(String), ...codesIn(description)])],
    ...(typeof trace_id === 'string' && { traceId: trace_id }),
    ...(typeof correlation_id === 'string' && { correlationId: correlation_id }),
  }
}

/** What support needs of an error, without any free text: names, numbers and GUIDs, else nothing. */
export function diagnosticsOf(error: ProviderError): IdpDiagnostics {
  const idpErrorCodes = error.codes.slice(0, 8).map((code) => Number(code.replace('B2C', '')))
  return {
    ...(isName(error.error) && { idpError: error.error }),
    ...(isName(error.suberror) && { idpSuberror: error.suberror }),
    ...(idpErrorCodes.length > 0 && { idpErrorCodes }),
    ...(isTraceId(error.traceId) && { idpTraceId: error.traceId }),
    ...(isTraceId(error.correlationId) && { idpCorrelationId: error.correlationId }),
  }
}

/** The challenge as compact JSON where it is an object of a sane size, else an empty text. */
function usableClaims(claims: unknown): string {
  try {
    const parsed: unknown = typeof claims === 'string' ? JSON.parse(claims) : claims
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return ''
    const json = JSON.stringify(parsed)
    return json.length <= maximumClaimsLength ? json : ''
  } catch {
    return ''
  }
}

function codesIn(description: string): string[] {
  const found = description.matchAll(/AAD(STS|B2C)(\d{4,10})/g)
  return [...found]
    .slice(0, 8)
    .map(([, family, number]) => (family === 'B2C' ? 'B2C' : '') + number)
}

function idIn(
  description: string,
  name: 'traceId' | 'correlationId',
  pattern: RegExp,
): Partial<ProviderError> {
  const id = pattern.exec(description)?.[1]
  return id === undefined ? {} : { [name]: id }
}

function isErrorNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 1e10
}

function isName(value: string | undefined): value is string {
  return value !== undefined && /^[A-Za-z0-9_.-]{1,64}$/.test(value)
}

function isTraceId(value: string | undefined): value is string {
  return value !== undefined && traceId.test(value)
}
