import type { Entity } from './table.ts'

/** The service takes at most 32,768 UTF-16 characters in a column. */
const chunkLength = 32_000

/** A number as a column of a type that holds milliseconds, and seconds after 2038. */
export interface DoubleColumn {
  readonly type: 'Double'
  readonly value: number
}

/**
 * A whole number as a column. Exact up to 2^53 like a 64-bit one, but read without a type annotation
 * beside it, which the SDK takes long to handle.
 */
export function numberColumn(value: number): DoubleColumn {
  return { type: 'Double', value: Math.trunc(value) }
}

/** A whole number of a row; undefined where the column is missing or of another kind. */
export function numberOf(entity: Entity, column: string): number | undefined {
  const value = entity[column]
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** A text of a row; empty where the column is missing or of another kind. */
export function textOf(entity: Entity, column: string): string {
  const value = entity[column]
  return typeof value === 'string' ? value : ''
}

/**
 * Spreads named texts over columns: `n_<name>` says in how many chunks `s<i>_<name>` a text lies, so
 * that what a longer one left behind in a Merge is no longer read. Column names allow no `-`, and our
 * names have no `_`.
 */
export function toSealedColumns(
  sealed: Readonly<Record<string, string>>,
): Record<string, string | number> {
  const columns: Record<string, string | number> = {}
  for (const [name, text] of Object.entries(sealed)) {
    const suffix = name.replaceAll('-', '_')
    const count = Math.ceil(text.length / chunkLength)
    columns[`n_${suffix}`] = count
    // An emptied text also overwrites its first chunk, the whole of nearly all of them.
    for (let i = 0; i < Math.max(count, 1); i++)
      columns[`s${i}_${suffix}`] = text.slice(i * chunkLength, (i + 1) * chunkLength)
  }
  return columns
}

/** Puts the texts together again; one with a missing chunk is left out, as is an empty one. */
export function fromSealedColumns(entity: Entity): Record<string, string> {
  const sealed: Record<string, string> = {}
  for (const column of Object.keys(entity)) {
    if (!/^n_[a-z][a-z0-9_]*$/.test(column)) continue
    const suffix = column.slice(2)
    const text = joinChunks(entity, suffix)
    if (text) sealed[suffix.replaceAll('_', '-')] = text
  }
  return sealed
}

function joinChunks(entity: Entity, suffix: string): string | undefined {
  const count = numberOf(entity, `n_${suffix}`) ?? 0
  let text = ''
  for (let i = 0; i < count; i++) {
    const chunk = entity[`s${i}_${suffix}`]
    if (typeof chunk !== 'string') return undefined
    text += chunk
  }
  return text
}
