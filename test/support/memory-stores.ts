import { BffError } from '../../src/base/errors.ts'
import type {
  IndexRow,
  LoginRow,
  RowAddress,
  SessionRow,
  Stores,
  UpdateResult,
} from '../../src/stores/ports.ts'
import { sweepMemory } from './memory-sweep.ts'

/** The name of a call, as it is recorded and made to fail. */
export type StoreOperation =
  | `logins.${'create' | 'read' | 'update'}`
  | `sessions.${'create' | 'read' | 'update' | 'delete'}`
  | `index.${'put' | 'find' | 'remove'}`
  | 'sweeper.sweep'
  | 'probe'

export interface MemoryStoresOptions {
  /** Storage accounts, 1 to 16; default 1. */
  readonly accounts?: number
}

/** A row in memory with its version. */
export interface MemoryRow<Row> {
  row: Row
  version: string
}

export interface MemoryTables {
  readonly logins: Map<string, MemoryRow<LoginRow>>
  readonly sessions: Map<string, MemoryRow<SessionRow>>
  readonly index: Map<string, IndexRow>
}

export interface MemoryStores extends Stores {
  /** Rows by `<shard>|<bucket>|<hash>`, index rows by `<hash>|<session hash>`. */
  readonly tables: MemoryTables
  /** Every call so far, in order. */
  readonly operations: readonly StoreOperation[]
  /** The next calls of this kind fail before anything is applied, by default with `storage_unavailable`. */
  fail(operation: StoreOperation, options?: { times?: number; error?: Error }): void
  /**
   * The next call of this kind is applied, but its answer gets lost and the SDK repeats it: an update
   * says `conflict`, as the table stores do.
   */
  loseAnswer(operation: StoreOperation): void
  /** Runs something just before the next call of this kind, like another instance that is faster. */
  before(operation: StoreOperation, hook: () => Promise<unknown>): void
}

type Faults = Pick<MemoryStores, 'fail' | 'loseAnswer' | 'before'> & {
  readonly operations: StoreOperation[]
  /** Records a call; true where its answer is to be lost. */
  readonly enter: (operation: StoreOperation) => Promise<boolean>
}

/** The store ports in memory, held to the same contract as the tables, with faults to order. */
export function createMemoryStores(options: MemoryStoresOptions = {}): MemoryStores {
  const accounts = options.accounts ?? 1
  const tables: MemoryTables = { logins: new Map(), sessions: new Map(), index: new Map() }
  const faults = createFaults()
  const { enter, ...orders } = faults
  return {
    ...orders,
    tables,
    logins: memoryLogins(tables, enter, accounts),
    sessions: memorySessions(tables, enter, accounts),
    index: memoryIndex(tables, enter, accounts),
    sweeper: {
      async sweep(sweep) {
        await enter('sweeper.sweep')
        return sweepMemory(tables, sweep)
      },
    },
    openShards: Array.from({ length: accounts * 16 }, (_, i) => i.toString(16).padStart(2, '0')),
    async probe() {
      await enter('probe')
    },
  }
}

function createFaults(): Faults {
  const operations: StoreOperation[] = []
  const failures = new Map<StoreOperation, { times: number; error: Error | undefined }>()
  const lost = new Set<StoreOperation>()
  const hooks = new Map<StoreOperation, () => Promise<unknown>>()
  return {
    operations,
    fail: (operation, { times = 1, error } = {}) => failures.set(operation, { times, error }),
    loseAnswer: (operation) => lost.add(operation),
    before: (operation, hook) => hooks.set(operation, hook),
    async enter(operation) {
      operations.push(operation)
      const hook = hooks.get(operation)
      hooks.delete(operation)
      await hook?.()
      const failure = failures.get(operation)
      if (failure !== undefined && failure.times-- > 0)
        throw failure.error ?? unavailable(operation)
      return lost.delete(operation)
    },
  }
}

function unavailable(operation: StoreOperation): BffError {
  return new BffError('storage_unavailable', `"${operation}" failed: ordered by the test`, {
    dependency: { name: 'tables', operation, status: 503, durationMs: 1 },
    retryAfterSeconds: 1,
  })
}

type Enter = Faults['enter']

function memoryLogins(tables: MemoryTables, enter: Enter, accounts: number): Stores['logins'] {
  const rows = tables.logins
  return {
    async create(at, row) {
      await enter('logins.create')
      insert(rows, newKey(at, accounts), row)
    },
    async read(at) {
      await enter('logins.read')
      return copy(rows.get(keyOf(at, accounts)))
    },
    async update(at, version, change) {
      const lost = await enter('logins.update')
      const result = merge(rows, keyOf(at, accounts), version, (row) => ({ ...row, ...change }))
      return lost ? 'conflict' : result
    },
  }
}

function memorySessions(tables: MemoryTables, enter: Enter, accounts: number): Stores['sessions'] {
  const rows = tables.sessions
  return {
    async create(at, row) {
      await enter('sessions.create')
      return insert(rows, newKey(at, accounts), { ...row, sealed: withoutEmpty(row.sealed) })
    },
    async read(at) {
      await enter('sessions.read')
      return copy(rows.get(keyOf(at, accounts)))
    },
    async update(at, version, change) {
      const lost = await enter('sessions.update')
      const result = merge(rows, keyOf(at, accounts), version, (row) => ({
        ...row,
        ...change,
        sealed: withoutEmpty({ ...row.sealed, ...change.sealed }),
      }))
      return lost ? 'conflict' : result
    },
    async delete(at, version) {
      await enter('sessions.delete')
      const key = keyOf(at, accounts)
      if (version !== undefined && rows.get(key)?.version !== version) return false
      return rows.delete(key)
    },
    async deleteAll(addresses) {
      const deleted: RowAddress[] = []
      let fault: unknown
      for (const at of addresses)
        try {
          await enter('sessions.delete')
          if (rows.delete(keyOf(at, accounts))) deleted.push(at)
        } catch (error) {
          fault ??= error
        }
      return { deleted, fault }
    },
  }
}

function memoryIndex(tables: MemoryTables, enter: Enter, accounts: number): Stores['index'] {
  const indexKey = (row: Pick<IndexRow, 'hash' | 'session'>) => `${row.hash}|${row.session.hash}`
  const find = async (hashes: readonly string[]) => {
    await enter('index.find')
    return [...tables.index.values()]
      .filter(({ hash }) => hashes.includes(hash))
      .map((row) => structuredClone(row))
  }
  return {
    async put(rows) {
      await enter('index.put')
      for (const row of rows) newKey(row.session, accounts)
      for (const row of rows) tables.index.set(indexKey(row), structuredClone(row))
    },
    find,
    async findReachable(hashes) {
      try {
        return { rows: await find(hashes), faults: [] }
      } catch (error) {
        return { rows: [], faults: [error] }
      }
    },
    async remove(rows) {
      await enter('index.remove')
      for (const row of rows) tables.index.delete(indexKey(row))
    },
  }
}

let versions = 0

function nextVersion(): string {
  return `W/"memory-${++versions}"`
}

function insert<Row>(rows: Map<string, MemoryRow<Row>>, key: string, row: Row): boolean {
  rejectTooLarge(row)
  if (rows.has(key)) return false
  rows.set(key, { row: structuredClone(row), version: nextVersion() })
  return true
}

function merge<Row>(
  rows: Map<string, MemoryRow<Row>>,
  key: string,
  version: string,
  change: (row: Row) => Row,
): UpdateResult {
  const found = rows.get(key)
  if (found === undefined) return 'missing'
  if (found.version !== version) return 'conflict'
  const row = structuredClone(change(found.row))
  rejectTooLarge(row)
  rows.set(key, { row, version: nextVersion() })
  return { version: rows.get(key)?.version ?? '' }
}

function copy<Row>(found: MemoryRow<Row> | undefined): MemoryRow<Row> | undefined {
  return structuredClone(found)
}

function withoutEmpty(sealed: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(sealed).filter(([, text]) => text !== ''))
}

/** A key no row can have stands for every address that is not one of ours. */
function keyOf({ shard, bucket, hash }: RowAddress, accounts: number): string {
  const key = `${shard}|${bucket}|${hash}`
  const ours = /^[0-9a-f]{2}\|\d{6,7}\|[\w-]{2,128}$/.test(key)
  return ours && Number.parseInt(shard.charAt(0), 16) < accounts ? key : ''
}

function newKey(at: RowAddress, accounts: number): string {
  const key = keyOf(at, accounts)
  if (key === '') throw new BffError('server_error', 'the row address is not one of ours')
  return key
}

/** Table Storage holds 1 MiB in a row, at two bytes a character. */
function rejectTooLarge(row: unknown): void {
  if (JSON.stringify(row).length * 2 > 1024 * 1024)
    throw new BffError('login_failed', 'the row is larger than Table Storage allows', {
      loginFailure: 'session_too_large',
    })
}
