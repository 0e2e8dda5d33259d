/** How the host's log shows a line; alerts look at warnings and errors. */
export type EventLevel = 'information' | 'warning' | 'error'

interface EventDefinition {
  readonly level: EventLevel
  /** The members that a line of this event may have, each where it is known. */
  readonly members: readonly (keyof EventMembers)[]
  /** What happened, in a sentence for an operator. */
  readonly meaning: string
}

const idp = [
  'idpError',
  'idpSuberror',
  'idpErrorCodes',
  'idpTraceId',
  'idpCorrelationId',
] as const satisfies (keyof IdpDiagnostics)[]

const renewal = ['session', 'userId', 'upstream', 'code', 'reason', ...idp] as const

/**
 * Every log line: its level, its members and what it says. Alerts, queries, docs/events.md and the
 * tests use no other names.
 */
export const events = {
  'bff.login.started': {
    level: 'information',
    members: ['silent', 'step'],
    meaning: 'A sign-in began: the browser was sent to the identity provider.',
  },
  'bff.login.succeeded': {
    level: 'information',
    members: ['userId', 'tenantId', 'session', 'durationMs', 'silent', 'repeated'],
    meaning: 'A sign-in ended in a session; `repeated`: the answer was lost and given again.',
  },
  'bff.login.failed': {
    level: 'warning',
    members: ['code', 'reason', 'silent', ...idp],
    meaning: 'A sign-in failed: `code` is what the person was told, `reason` what happened.',
  },
  'bff.session.refreshed': {
    level: 'information',
    members: ['session', 'userId', 'upstream'],
    meaning: 'The identity provider gave new tokens, for an API where `upstream` names one.',
  },
  'bff.session.refresh_failed': {
    level: 'warning',
    members: renewal,
    meaning: 'A renewal failed; the session goes on unless `code` is `session_expired`.',
  },
  'bff.session.step_up_required': {
    level: 'information',
    members: renewal,
    meaning: 'The person has to act at the identity provider before a call can succeed.',
  },
  'bff.session.ended': {
    level: 'information',
    members: ['session', 'userId', 'reason'],
    meaning: 'A session ended.',
  },
  'bff.session.rejected': {
    level: 'warning',
    members: ['session', 'reason'],
    meaning:
      'A session cookie opened nothing although it has our form; at most one line a minute for one reason and client address.',
  },
  'bff.request.refused': {
    level: 'warning',
    members: ['code', 'check', 'parameter'],
    meaning: 'A request was refused; at most one line a minute for one code and client address.',
  },
  'bff.request.failed': {
    level: 'error',
    members: ['error', 'at'],
    meaning: 'A fault of this program: the class of the error and where it was thrown.',
  },
  'bff.clock.skewed': {
    level: 'warning',
    members: ['dependency', 'skewSeconds'],
    meaning:
      'The clock of `dependency` is ahead of ours by `skewSeconds` (below 0: behind): from 60 s on sign-ins fail.',
  },
  'bff.dependency.failed': {
    level: 'warning',
    members: ['dependency', 'operation', 'status', 'code', 'durationMs'],
    meaning:
      'Storage, vault, identity provider or an API failed; an error where `code` is `configuration_error`.',
  },
  'bff.credential.reloaded': {
    level: 'information',
    members: ['version'],
    meaning: 'The client secret or certificate was read again and is another one.',
  },
  'bff.session_key.reloaded': {
    level: 'information',
    members: ['version'],
    meaning: 'The list of session keys was read again and has a new version.',
  },
  'bff.sweep.finished': {
    level: 'information',
    members: ['scanned', 'deleted', 'oldestExpiredSeconds', 'durationMs', 'complete'],
    meaning: 'The timer deleted what has expired; `complete` is false where some is left.',
  },
  'bff.settings.wrong': {
    level: 'error',
    members: ['mistakes'],
    meaning: 'The settings are wrong, so every request is answered 503 `configuration_error`.',
  },
} as const satisfies Record<`bff.${string}`, EventDefinition>

/** The name of a log line. */
export type EventName = keyof typeof events

/** All names, in the order of the table. */
export const eventNames = Object.keys(events) as readonly EventName[]

/** What the identity provider said of an error, for support; never shown to the browser. */
export interface IdpDiagnostics {
  readonly idpError?: string
  readonly idpSuberror?: string
  readonly idpErrorCodes?: readonly number[]
  readonly idpTraceId?: string
  readonly idpCorrelationId?: string
}

/** Why a session ended, with what that means. */
export const sessionEndReasons = {
  logout: 'The person signed out.',
  everywhere: 'The person signed out of all sessions.',
  front_channel: 'The person signed out at the identity provider.',
  listed: 'The person ended it from the list of sessions.',
  replaced: 'The same browser signed in again.',
  idle: 'It was not used for `SESSION_IDLE_MINUTES`.',
  absolute: 'It had lasted `SESSION_ABSOLUTE_HOURS`, or as long as its refresh token.',
  invalid_grant: 'The identity provider said that its grant is over.',
  too_many_sessions: 'It was the oldest of more than `MAX_SESSIONS_PER_USER` of one user.',
  tenant_not_allowed: 'Its tenant was taken off `ENTRA_ALLOWED_TENANTS`.',
} as const satisfies Record<string, string>

/** A member of the closed list of ends. */
export type SessionEndReason = keyof typeof sessionEndReasons

/** Why a session cookie was rejected, with what that means. */
export const sessionRejectReasons = {
  forged: 'Its MAC is not ours: made up, or altered on the way. Storage was not asked.',
  undecryptable:
    'It is ours, but the row that it names was altered or damaged; the row is left alone.',
} as const satisfies Record<string, string>

/** A member of the closed list of rejections. */
export type SessionRejectReason = keyof typeof sessionRejectReasons

/**
 * Every member that a log line may have. There is none for free text, a token, a cookie, a URL or a
 * header, so no secret can get into a line.
 */
export interface EventMembers extends IdpDiagnostics {
  readonly silent?: boolean
  readonly step?: boolean
  readonly repeated?: boolean
  readonly userId?: string
  readonly tenantId?: string
  /** First 8 characters of the session id's stored hash. */
  readonly session?: string
  readonly durationMs?: number
  readonly code?: string
  readonly reason?: string
  readonly check?: string
  readonly parameter?: string
  readonly upstream?: string
  readonly dependency?: string
  readonly operation?: string
  /** HTTP status of the dependency's answer. */
  readonly status?: number
  readonly version?: string
  readonly skewSeconds?: number
  /** Rows. */
  readonly scanned?: number
  /** Rows. */
  readonly deleted?: number
  readonly oldestExpiredSeconds?: number
  readonly complete?: boolean
  readonly mistakes?: readonly string[]
  /** Class of an unexpected error; never its message, which may quote what it failed on. */
  readonly error?: string
  /** Where it was thrown: function, file and line of the bundle. */
  readonly at?: string
}

/** The members that lines of one event may have. */
export type MembersOf<Name extends EventName> = Pick<
  EventMembers,
  (typeof events)[Name]['members'][number]
>

/** Writes one audit line; the correlation id and the function's name are added by the caller's side. */
export type WriteEvent = <Name extends EventName>(event: Name, members?: MembersOf<Name>) => void

/** The level of one line: a wrong configuration is nothing that passes by itself. */
export function levelOf(event: EventName, members: EventMembers): EventLevel {
  const misconfigured = event === 'bff.dependency.failed' && members.code === 'configuration_error'
  return misconfigured ? 'error' : events[event].level
}

/** Which part outside this app failed, for the log. */
export type Dependency = 'tables' | 'vault' | 'identity_provider' | 'upstream'

/** A call of a part outside this app that failed, for the log. */
export interface DependencyFailure {
  readonly name: Dependency
  readonly operation: string
  /** HTTP status of its answer, where there was one. */
  readonly status?: number
  readonly durationMs?: number
}

/** Writes the one line about a part outside this app that failed; times in milliseconds. */
export function writeDependencyFailure(
  write: WriteEvent,
  code: string,
  failure: DependencyFailure | undefined,
): void {
  const { name, ...call } = failure ?? {}
  write('bff.dependency.failed', { code, ...(name && { dependency: name }), ...call })
}
