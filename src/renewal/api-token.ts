import { createHash } from 'node:crypto'
import type { OpenSession } from '../session/session.ts'

/** An API's access token as it lies sealed in a session's row. Times are seconds since 1970. */
export interface ApiToken {
  readonly token: string
  /** What it was asked for, space-separated: a token for other scopes may be another API's. */
  readonly scopes: string
  /** Hash of the claims it was asked with; empty without any. */
  readonly claims: string
  /** Whether it took the place of one that the API had refused. */
  readonly replacement: boolean
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Which token is meant: an API by its name, and the scopes that the settings give it now. */
export interface ApiTokenName {
  readonly upstream: string
  readonly scopes: readonly string[]
}

/** The token of an API; undefined where the session has none for exactly these scopes. */
export function readApiToken(session: OpenSession, name: ApiTokenName): ApiToken | undefined {
  const column = tokenColumn(name.upstream)
  const text = session.sealer.open(column, session.row.sealed[column] ?? '')
  if (text === undefined) return undefined
  const token = JSON.parse(text) as ApiToken
  return token.scopes === name.scopes.join(' ') ? token : undefined
}

/** The sealed column that holds the token of an API from now on. */
export function apiTokenColumn(
  session: OpenSession,
  upstream: string,
  token: ApiToken,
): Record<string, string> {
  const column = tokenColumn(upstream)
  return { [column]: session.sealer.seal(column, JSON.stringify(token)) }
}

/** Tells claims requests apart without keeping them. */
export function hashClaims(claims: string | undefined): string {
  return claims === undefined ? '' : createHash('sha256').update(claims).digest('base64url')
}

/** The sealed column of an API's access token. */
export function tokenColumn(upstream: string): string {
  return `api-${upstream}`
}
