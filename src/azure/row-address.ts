import type { RowAddress } from '../stores/ports.ts'

/**
 * Tells whether an address is made of our own alphabets only, so that nothing from outside ever gets
 * into a key. What fails this was never written.
 */
export function isAddress({ shard, bucket, hash }: RowAddress): boolean {
  return /^[0-9a-f]{2}$/.test(shard) && /^\d{6,7}$/.test(bucket) && isHash(hash)
}

/** Tells whether a text can be a keyed hash in base64url. */
export function isHash(text: string): boolean {
  return /^[\w-]{2,128}$/.test(text)
}

/** The partition of a row: `<shard>|<bucket>`. */
export function partitionOf({ shard, bucket }: RowAddress): string {
  return `${shard}|${bucket}`
}

/** The place in the settings of the account that a shard names. */
export function accountIndexOf(shard: string): number {
  return Number.parseInt(shard.charAt(0), 16)
}
