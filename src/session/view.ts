import { toSeconds } from '../stores/expiry.ts'
import type { SessionContent } from './session.ts'
import type { SessionRow } from '../stores/ports.ts'
import type { User } from './user.ts'

/** What `/auth/session` and `/auth/refresh` answer: whole seconds left, never time stamps. */
export interface SessionView {
  readonly authenticated: true
  readonly user: User
  /** To the absolute end. */
  readonly expiresIn: number
  readonly idleExpiresIn: number
  readonly accessTokenExpiresIn: number
  readonly logoutUrl: string
}

/** The session as the browser may see it; `now` in milliseconds. */
export function viewSession(
  session: { readonly row: SessionRow; readonly content: SessionContent },
  now: number,
  logoutUrl: string,
): SessionView {
  const left = (at: number) => Math.max(0, at - toSeconds(now))
  return {
    authenticated: true,
    user: session.content.user,
    expiresIn: left(session.row.expiresAt),
    idleExpiresIn: left(session.row.idleExpiresAt),
    accessTokenExpiresIn: left(session.row.accessTokenExpiresAt),
    logoutUrl,
  }
}
