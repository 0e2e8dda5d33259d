/** Where a row lies: shard and expiry bucket make its partition, the keyed hash its row key. */
export interface RowAddress {
  /** Two hex digits: the account's place in the settings, then a spread within it. */
  readonly shard: string
  /** Expiry bucket: 7 digits (5 min each) for a login, 6 digits (1 h each) for a session. */
  readonly bucket: string
  /** Keyed hash of state or session id, base64url, 43 characters. */
  readonly hash: string
}

/** A row as it was read, with the version (ETag) that a conditional write must name. */
export interface Stored<Row> {
  readonly row: Row
  readonly version: string
}

/** The new version, or why the row was left alone: changed by another, or not there. */
export type UpdateResult = { readonly version: string } | 'conflict' | 'missing'

/** A login transaction. Times are seconds since 1970, `usedAt` and `doneAt` in milliseconds. */
export interface LoginRow {
  readonly expiresAt: number
  /** Keyed hash of the binding cookie. */
  readonly bindingHash: string
  /** Verifier, nonce, returnTo and more, sealed; once spent the returnTo alone. */
  readonly sealed: string
  /** The callback attempt that spent it: random id, keyed hash of its code; empty while unspent. */
  readonly usedBy: string
  readonly usedAt: number
  /** When the spending attempt had its session; 0 while it has not. */
  readonly doneAt: number
  /** The `auth_error` that the spending attempt ended in; empty while none. */
  readonly failure: string
}

/** Login transactions, in the words of login and callback. Faults are `storage_unavailable`. */
export interface LoginStore {
  /** Inserts; a row that is there already is our own, written before its answer was lost. */
  create(at: RowAddress, row: LoginRow): Promise<void>
  read(at: RowAddress): Promise<Stored<LoginRow> | undefined>
  /** Conditional Merge of the named columns; never inserts. */
  update(at: RowAddress, version: string, change: Partial<LoginRow>): Promise<UpdateResult>
}

/** A session. Times are seconds since 1970, `leaseUntil` and `retryAt` in milliseconds. */
export interface SessionRow {
  /** Absolute end, or sooner where the refresh token allows less. */
  readonly expiresAt: number
  readonly idleExpiresAt: number
  readonly createdAt: number
  /** When the access token of the sign-in scopes ends. */
  readonly accessTokenExpiresAt: number
  readonly refreshedAt: number
  /** Counts the refresh tokens this session has had. */
  readonly generation: number
  /** Random id of the refresh that holds the row; empty while none. */
  readonly leaseId: string
  readonly leaseUntil: number
  /** No refresh before this, 0 for none: the provider failed just now. */
  readonly retryAt: number
  /** Keyed hashes for the index; empty where there is no `sid`. */
  readonly sidHash: string
  readonly userHash: string
  /** Salt of this row's sealing key, base64url. */
  readonly salt: string
  /** Sealed columns by name (`^[a-z][a-z0-9-]*$`); an empty text counts as absent. Any length: the adapter chunks. */
  readonly sealed: Readonly<Record<string, string>>
}

/** Sessions, in the words of the endpoints. Faults are `storage_unavailable`. */
export interface SessionStore {
  /** Inserts; false where the row was there already (the id is derived: a repeat of our own). */
  create(at: RowAddress, row: SessionRow): Promise<boolean>
  read(at: RowAddress): Promise<Stored<SessionRow> | undefined>
  /** Conditional Merge of the named columns (`sealed`: of the named entries); never inserts. */
  update(at: RowAddress, version: string, change: Partial<SessionRow>): Promise<UpdateResult>
  /** Deletes whatever version, or only the one named; false where that was not there. */
  delete(at: RowAddress, version?: string): Promise<boolean>
  /** Deletes many, whatever their version, past faults; one that is gone is no fault. */
  deleteAll(at: readonly RowAddress[]): Promise<DeletedRows>
}

/** What came of deleting many rows. */
export interface DeletedRows {
  /** Those that were there. */
  readonly deleted: readonly RowAddress[]
  /** The first fault, where some may still be there. */
  readonly fault?: unknown
}

/** A pointer from a keyed hash of `sid` or user to a session. */
export interface IndexRow {
  readonly hash: string
  readonly session: RowAddress
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** In user rows the sealed user agent; empty elsewhere. */
  readonly sealed: string
}

/** Index rows of the accounts that answered. */
export interface ReachableRows {
  readonly rows: readonly IndexRow[]
  /** What was thrown for the others. */
  readonly faults: readonly unknown[]
}

/** The index by `sid` and user. Rows lie in their session's account; a look-up asks all at once. */
export interface SessionIndex {
  /** Writes or rewrites the rows. */
  put(rows: readonly IndexRow[]): Promise<void>
  /** Every row of any of the hashes, from every account, expired ones too. */
  find(hashes: readonly string[]): Promise<readonly IndexRow[]>
  /** As `find`, but with what the accounts that answer have, and the faults of the others. */
  findReachable(hashes: readonly string[]): Promise<ReachableRows>
  /** Deletes the rows; one that is gone is no fault. */
  remove(rows: readonly Pick<IndexRow, 'hash' | 'session'>[]): Promise<void>
}

/** Figures of one sweep. */
export interface SweepReport {
  readonly scanned: number
  readonly deleted: number
  /** Age of the oldest row found after its expiry, in seconds; 0 without any. */
  readonly oldestExpiredSeconds: number
  /** False where the time box or a fault ended it before everything expired was gone. */
  readonly complete: boolean
}

/** One run over what has expired. */
export interface Sweep {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The time box. */
  readonly budgetMs: number
  /** Whether to scan the index too. */
  readonly orphans: boolean
  /** Told the first fault of each account. */
  readonly onFault?: (fault: unknown) => void
}

/** Deletes what has expired; hygiene only, truth is `expiresAt` checked on read. */
export interface Sweeper {
  /** A fault of the storage leaves the report incomplete, the next run goes on. */
  sweep(sweep: Sweep): Promise<SweepReport>
}

/** Everything in Table Storage. */
export interface Stores {
  readonly logins: LoginStore
  readonly sessions: SessionStore
  readonly index: SessionIndex
  readonly sweeper: Sweeper
  /** Shards (two hex digits each) where new rows may be written, to draw from. */
  readonly openShards: readonly string[]
  /** Proves that every table of every account answers; throws `storage_unavailable`. */
  probe(): Promise<void>
}
