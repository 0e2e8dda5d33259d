import { BffError } from '../base/errors.ts'
import { loginBucket, toSeconds } from '../stores/expiry.ts'
import { type StateHandle, parseState, unsignedState } from './state-handle.ts'
import { createSealer } from '../keys/sealing.ts'
import { type SessionKey, equalText, randomText } from '../keys/session-key.ts'
import type { LoginRow, RowAddress } from '../stores/ports.ts'

/** What a sign-in has to remember until its callback; sealed in its row. */
export interface LoginContent {
  readonly nonce: string
  readonly codeVerifier: string
  /** Absolute URL, checked; checked again before use. */
  readonly returnTo: string
  /** `prompt=none`: a refusal is a normal outcome. */
  readonly silent: boolean
  /** Row of the session that this browser had, to be replaced; never its secret. */
  readonly replaces?: RowAddress
  /** The step-up that this sign-in carries out: claims to ask for that API from now on. */
  readonly step?: {
    readonly upstream: string
    readonly claims?: string
    readonly maxAge?: number
    /** Whom it is asked of: another account's sign-in is no answer to it. */
    readonly user: string
    /** This step-up and those made just before it, as the session will remember them. */
    readonly marks?: readonly string[]
  }
  /** Milliseconds since 1970, for the log's duration. */
  readonly startedAt: number
}

/** A login transaction ready to be stored, and the `state` that goes to the provider. */
export interface StartedLogin {
  readonly state: string
  readonly at: RowAddress
  readonly row: LoginRow
}

/** What a new login transaction is made of. */
export interface LoginStart {
  readonly key: SessionKey
  /** The browser's binding cookie. */
  readonly binding: string
  readonly shard: string
  readonly content: LoginContent
  /** Milliseconds since 1970. */
  readonly now: number
  readonly ttlSeconds: number
}

/** Starts a login transaction: state with its MAC (RFC 9700 §2.1), row address, sealed row. */
export function startLogin(start: LoginStart): StartedLogin {
  const { key, binding, content } = start
  const expiresAt = toSeconds(start.now) + start.ttlSeconds
  const unsigned = {
    keyId: key.id,
    shard: start.shard,
    bucket: loginBucket(expiresAt),
    random: randomText(32),
  }
  const mac = stateMac(key, unsigned, binding)
  const at = loginAddress(key, { ...unsigned, mac })
  const salt = randomText(16)
  const sealer = createSealer({ key, secret: binding, salt, at })
  const sealed = `${salt}.${sealer.seal('login', JSON.stringify(content))}`
  return {
    state: `${unsignedState(unsigned)}.${mac}`,
    at,
    row: {
      expiresAt,
      bindingHash: key.hash('binding', binding),
      sealed,
      usedBy: '',
      usedAt: 0,
      doneAt: 0,
      failure: '',
    },
  }
}

/**
 * Reads a `state` that came back and proves it ours and this browser's, without storage. Throws
 * `login_not_started`.
 */
export async function verifyState(
  state: string | undefined,
  binding: string | undefined,
  findKey: (id: string) => Promise<SessionKey | undefined>,
): Promise<{ readonly key: SessionKey; readonly handle: StateHandle; readonly binding: string }> {
  if (state === undefined || state === '') throw notStarted('"state" missing', 'state_missing')
  if (binding === undefined) throw notStarted('binding cookie missing', 'binding_missing')
  const handle = parseState(state)
  if (handle === undefined) throw notStarted('unexpected "state" format', 'state_forged')
  const key = await findKey(handle.keyId)
  if (key === undefined) throw notStarted('unknown key of "state"', 'state_key_unknown')
  if (!equalText(stateMac(key, handle, binding), handle.mac))
    throw notStarted('unexpected "state" MAC', 'state_forged')
  return { key, handle, binding }
}

/** Where the row of a login lies. */
export function loginAddress(key: SessionKey, handle: StateHandle): RowAddress {
  const hash = key.hash('login row', unsignedState(handle))
  return { shard: handle.shard, bucket: handle.bucket, hash }
}

/** Opens what a login remembered; undefined where it is spent, altered or another browser's. */
export function openLogin(
  key: SessionKey,
  binding: string,
  at: RowAddress,
  row: LoginRow,
): LoginContent | undefined {
  const text = openSealed(key, binding, { at, row }, 'login')
  return text === undefined ? undefined : (JSON.parse(text) as LoginContent)
}

/** What a spent login keeps: where it led, sealed as the login was. */
export function sealLanding(
  key: SessionKey,
  binding: string,
  at: RowAddress,
  returnTo: string,
): string {
  const salt = randomText(16)
  return `${salt}.${createSealer({ key, secret: binding, salt, at }).seal('landing', returnTo)}`
}

/** Where a spent login led; undefined where it is not spent, altered or another browser's. */
export function openLanding(
  key: SessionKey,
  binding: string,
  at: RowAddress,
  row: LoginRow,
): string | undefined {
  return openSealed(key, binding, { at, row }, 'landing')
}

function openSealed(
  key: SessionKey,
  binding: string,
  { at, row }: { readonly at: RowAddress; readonly row: LoginRow },
  purpose: 'login' | 'landing',
): string | undefined {
  const [salt, sealed] = row.sealed.split('.')
  if (salt === undefined || sealed === undefined) return undefined
  return createSealer({ key, secret: binding, salt, at }).open(purpose, sealed)
}

function stateMac(key: SessionKey, handle: Omit<StateHandle, 'mac'>, binding: string): string {
  return key.hash('state mac', `${unsignedState(handle)}.${binding}`)
}

function notStarted(
  message: string,
  loginFailure: 'state_missing' | 'binding_missing' | 'state_forged' | 'state_key_unknown',
): BffError {
  return new BffError('login_not_started', message, { loginFailure })
}
