import { createHash, randomBytes } from 'node:crypto'
import type { IndexRow, LoginRow, RowAddress, SessionRow } from '../../src/stores/ports.ts'

/** Noon UTC of a day in 2026, in seconds: the clock of the store tests. */
export const noon = Date.UTC(2026, 5, 1, 12) / 1000

/** A keyed hash as the stores see it; the same text gives the same hash. */
export function testHash(text: string = randomBytes(16).toString('hex')): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** The address of a login that ends at `expiresAt`, in seconds. */
export function loginAddress(expiresAt: number, shard = '00'): RowAddress {
  const bucket = String(Math.floor(expiresAt / 300)).padStart(7, '0')
  return { shard, bucket, hash: testHash() }
}

/** The address of a session that ends at `expiresAt`, in seconds. */
export function sessionAddress(expiresAt: number, shard = '00'): RowAddress {
  const bucket = String(Math.floor(expiresAt / 3600)).padStart(6, '0')
  return { shard, bucket, hash: testHash() }
}

export function loginRow(change: Partial<LoginRow> = {}): LoginRow {
  return {
    expiresAt: noon + 600,
    bindingHash: testHash('binding'),
    sealed: 'v1.sealed-transaction',
    usedBy: '',
    usedAt: 0,
    doneAt: 0,
    failure: '',
    ...change,
  }
}

export function sessionRow(change: Partial<SessionRow> = {}): SessionRow {
  return {
    expiresAt: noon + 12 * 3600,
    idleExpiresAt: noon + 3600,
    createdAt: noon,
    accessTokenExpiresAt: noon + 3900,
    refreshedAt: noon,
    generation: 1,
    leaseId: '',
    leaseUntil: 0,
    retryAt: 0,
    sidHash: testHash('sid'),
    userHash: testHash('user'),
    salt: 'c2FsdA',
    sealed: { session: 'v1.sealed-session' },
    ...change,
  }
}

export function indexRow(hash: string, session: RowAddress, change: Partial<IndexRow> = {}) {
  return { hash, session, expiresAt: noon + 12 * 3600, sealed: '', ...change }
}
