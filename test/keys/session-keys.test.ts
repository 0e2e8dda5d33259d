import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { BffError } from '../../src/base/errors.ts'
import type { SecretVersion } from '../../src/base/secrets.ts'
import { createSessionKey } from '../../src/keys/session-key.ts'
import { fixedSessionKeys, vaultSessionKeys } from '../../src/keys/session-keys.ts'

const hour = 3_600_000
const start = 1_800_000_000_000

let now: number
let vault: SecretVersion[]
let lists: number
let fault: BffError | undefined

beforeEach(() => {
  now = start
  vault = []
  lists = 0
  fault = undefined
})

/** Adds a version that is `age` ms old and gives its key id. */
function addVersion(age = 0): string {
  const bytes = randomBytes(32)
  const version = `v${vault.length}`
  vault.push({ value: bytes.toString('base64url'), version, createdAt: now - age })
  return createSessionKey(bytes).id
}

function keysOfVault() {
  return vaultSessionKeys({
    async list() {
      lists += 1
      if (fault !== undefined) throw fault
      return [...vault]
    },
    decode: (value) => Buffer.from(value, 'base64url'),
    now: () => now,
    readableMs: 12 * hour,
    write: () => {},
  })
}

const writingId = async (keys: ReturnType<typeof keysOfVault>) => (await keys.writing()).id
const knows = async (keys: ReturnType<typeof keysOfVault>, id: string) =>
  (await keys.find(id)) !== undefined

test('the only version writes at once, and is listed hourly', async () => {
  const id = addVersion()
  const keys = keysOfVault()
  expect(await writingId(keys)).toBe(id)
  await keys.writing()
  expect(lists).toBe(1)
  now += hour
  await keys.writing()
  expect(lists).toBe(2)
})

test('a new version is read at once, and written with when it is two hours old (J-05)', async () => {
  const old = addVersion(24 * hour)
  const keys = keysOfVault()
  await keys.writing()
  const fresh = addVersion()
  now += hour
  expect(await writingId(keys)).toBe(old)
  expect(await knows(keys, fresh)).toBe(true)
  now += hour
  expect(await writingId(keys)).toBe(fresh)
  expect(await knows(keys, old)).toBe(true)
})

test('an old version is read until the last session under it has ended (J-05)', async () => {
  const old = addVersion(24 * hour)
  addVersion()
  const keys = keysOfVault()
  now += 2 * hour + 12 * hour - 1
  expect(await knows(keys, old)).toBe(true)
  now += 1
  expect(await knows(keys, old)).toBe(false)
})

test('rotated twice in a day, the oldest settled version goes on writing', async () => {
  const first = addVersion(24 * hour)
  addVersion(hour)
  addVersion(hour / 2)
  const keys = keysOfVault()
  expect(await writingId(keys)).toBe(first)
})

test('with two new versions and no settled one, the older writes', async () => {
  const first = addVersion(hour)
  addVersion()
  expect(await writingId(keysOfVault())).toBe(first)
})

test('an instance that has not listed yet lists for an unknown key id, once a minute', async () => {
  addVersion(24 * hour)
  const keys = keysOfVault()
  await keys.writing()
  now += 2 * 60_000
  const fresh = addVersion()
  expect(await knows(keys, fresh)).toBe(true)
  expect(lists).toBe(2)
  for (let call = 0; call < 10; call++) expect(await knows(keys, '00000000')).toBe(false)
  expect(lists).toBe(2)
  now += 60_000
  expect(await knows(keys, '00000000')).toBe(false)
  expect(lists).toBe(3)
})

test('a key removed too early is unknown: signed out, not an error', async () => {
  const removed = addVersion(24 * hour)
  addVersion(10 * hour)
  const keys = keysOfVault()
  expect(await knows(keys, removed)).toBe(true)
  vault.shift()
  now += hour
  expect(await knows(keys, removed)).toBe(false)
})

test('parallel callers share one listing (L-05)', async () => {
  addVersion()
  const keys = keysOfVault()
  await Promise.all(Array.from({ length: 50 }, () => keys.writing()))
  expect(lists).toBe(1)
})

test('while the vault is away the known keys go on, and it is asked once a minute (J-02)', async () => {
  const id = addVersion()
  const keys = keysOfVault()
  await keys.writing()
  fault = new BffError('vault_unavailable', 'down')
  now += 5 * hour
  expect(await writingId(keys)).toBe(id)
  expect(await knows(keys, id)).toBe(true)
  expect(lists).toBe(2)
})

test('an unknown key id while the vault is away is a fault, never "signed out" (E-11)', async () => {
  addVersion()
  const keys = keysOfVault()
  await keys.writing()
  fault = new BffError('vault_unavailable', 'down')
  now += 2 * 60_000
  await expect(keys.find('00000000')).rejects.toMatchObject({ code: 'vault_unavailable' })
  await expect(keys.find('00000000')).rejects.toMatchObject({ code: 'vault_unavailable' })
  expect(lists).toBe(2)
  fault = undefined
  now += 60_000
  expect(await keys.find('00000000')).toBeUndefined()
})

test('a vault without a usable key is a configuration error, and heals', async () => {
  vault.push({ value: 'short', version: 'v', createdAt: now })
  const keys = keysOfVault()
  await expect(keys.writing()).rejects.toMatchObject({ code: 'configuration_error' })
  const id = addVersion()
  expect(await writingId(keys)).toBe(id)
})

test('of plain settings the first writes and all are read', async () => {
  const [a, b] = [randomBytes(32), randomBytes(32)]
  const keys = fixedSessionKeys([a, b])
  expect((await keys.writing()).id).toBe(createSessionKey(a).id)
  expect(await keys.find(createSessionKey(b).id)).toBeDefined()
  expect(await keys.find('00000000')).toBeUndefined()
})
