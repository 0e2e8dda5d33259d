import { EntraError } from './aadsts.ts'
import type { TokenMutation } from './signed-token.ts'

/** Where a fault strikes. */
export type FaultyEndpoint = 'token' | 'authorize' | 'discovery' | 'jwks' | 'logout' | 'msi'

/** Something that goes wrong at an endpoint the next `times` times. */
export interface Fault {
  on: FaultyEndpoint
  /** How many more requests it strikes; null: until it is cleared. */
  times: number | null
  /** Only token requests of this grant type. */
  grantType?: string
  /** Wait first. */
  delayMs?: number
  /** Never answer. */
  hang?: boolean
  /** Close the connection; `after` does the work first, so that only the answer is lost. */
  drop?: 'before' | 'after'
  /** An AADSTS error, as the token endpoint sends it or as the authorization endpoint redirects it. */
  error?: { code: number; error?: string; status?: number; suberror?: string; claims?: string }
  /** A whole answer. `repeat` makes the body that many bytes long. */
  answer?: { status: number; headers?: Record<string, string>; body?: string; repeat?: number }
  /** Changes to the JSON of the usual answer (token response, discovery document, JWKS). */
  edit?: { set?: Record<string, unknown>; remove?: string[] }
  idToken?: TokenMutation
  accessToken?: TokenMutation
}

/** Takes the first fault that fits, and counts it down. */
export function takeFault(
  faults: Fault[],
  on: FaultyEndpoint,
  grantType?: string | null,
): Fault | undefined {
  const fault = faults.find(
    (each) => each.on === on && (each.grantType === undefined || each.grantType === grantType),
  )
  if (fault === undefined || fault.times === null) return fault
  fault.times -= 1
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1)
  return fault
}

/** The Entra error that a fault asks for. */
export function faultError({ code, ...details }: NonNullable<Fault['error']>): EntraError {
  return new EntraError(code, details)
}
