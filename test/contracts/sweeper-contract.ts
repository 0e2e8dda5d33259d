import { expect, test } from 'vitest'
import type { RowAddress, Stores } from '../../src/stores/ports.ts'
import {
  indexRow,
  loginAddress,
  loginRow,
  noon,
  sessionAddress,
  sessionRow,
  testHash,
} from '../support/store-rows.ts'
import type { OpenStores } from './store-contract.ts'

const now = noon * 1000
const hour = 3600

export function describeSweeper(open: OpenStores): void {
  test('a sweep deletes the expired rows of both accounts and leaves the others', async () => {
    const stores = await open()
    const expired = [
      await addLogin(stores, noon - 2 * hour, '00'),
      await addLogin(stores, noon - 30 * hour, '1f'),
    ]
    const live = [
      await addLogin(stores, noon - hour, '00'),
      await addLogin(stores, noon + 60, '1f'),
    ]
    const ended = [
      await addSession(stores, noon - 3 * hour, '05'),
      await addSession(stores, noon - 48 * hour, '1c'),
    ]
    const running = [
      await addSession(stores, noon - hour, '05'),
      await addSession(stores, noon + hour, '1c'),
    ]

    const report = await stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: false })

    expect(report).toEqual({
      scanned: 4,
      deleted: 4,
      oldestExpiredSeconds: 48 * hour,
      complete: true,
    })
    for (const at of expired) expect(await stores.logins.read(at)).toBeUndefined()
    for (const at of ended) expect(await stores.sessions.read(at)).toBeUndefined()
    for (const at of live) expect(await stores.logins.read(at)).toBeDefined()
    for (const at of running) expect(await stores.sessions.read(at)).toBeDefined()
  })

  test('with an expired session go the index rows that it names', async () => {
    const stores = await open()
    const [sidHash, userHash] = [testHash(), testHash()]
    const ended = await addSession(stores, noon - 3 * hour, '0b', { sidHash, userHash })
    const running = await addSession(stores, noon + hour, '0b', { sidHash: '', userHash })
    await stores.index.put([
      indexRow(sidHash, ended),
      indexRow(userHash, ended),
      indexRow(userHash, running),
    ])

    await stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: false })

    expect(await stores.index.find([sidHash, userHash])).toEqual([indexRow(userHash, running)])
  })

  test('K-04: a session in an expired bucket whose expiry is not past stays', async () => {
    const stores = await open()
    const at = sessionAddress(noon - 5 * hour)
    await stores.sessions.create(at, sessionRow({ expiresAt: noon + hour }))

    const report = await stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: false })

    expect(report).toMatchObject({ scanned: 1, deleted: 0, oldestExpiredSeconds: 0 })
    expect(await stores.sessions.read(at)).toBeDefined()
  })

  test('expired index rows without a session go only where orphans are asked for', async () => {
    const stores = await open()
    const [user, session] = [testHash(), sessionAddress(noon - 3 * hour, '1d')]
    const living = indexRow(user, sessionAddress(noon, '1d'), { expiresAt: noon - 60 })
    await stores.index.put([indexRow(user, session, { expiresAt: noon - 3 * hour }), living])

    await stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: false })
    expect(await stores.index.find([user])).toHaveLength(2)
    const report = await stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: true })

    expect(report).toMatchObject({ deleted: 1, complete: true })
    expect(await stores.index.find([user])).toEqual([living])
  })

  test('L-07: a sweep without time left says so, and the next one finishes the work', async () => {
    const stores = await open()
    const at = await addLogin(stores, noon - 2 * hour, '00')

    const stopped = await stores.sweeper.sweep({ now, budgetMs: 0, orphans: true })
    expect(stopped).toMatchObject({ deleted: 0, complete: false })
    expect(await stores.logins.read(at)).toBeDefined()

    const finished = await stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: true })
    expect(finished).toMatchObject({ deleted: 1, complete: true })
    expect(await stores.logins.read(at)).toBeUndefined()
  })

  test('L-07: two sweeps at once delete everything and neither fails', async () => {
    const stores = await open()
    const expired: RowAddress[] = []
    for (let i = 0; i < 13; i++) {
      const ten = Array.from({ length: 10 }, () => addLogin(stores, noon - 2 * hour, '0e'))
      expired.push(...(await Promise.all(ten)))
    }

    const reports = await Promise.all(
      [1, 2].map(() => stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: true })),
    )

    expect(reports).toMatchObject([{ complete: true }, { complete: true }])
    for (const at of expired.slice(0, 5)) expect(await stores.logins.read(at)).toBeUndefined()
    const after = await stores.sweeper.sweep({ now, budgetMs: 60_000, orphans: false })
    expect(after).toMatchObject({ scanned: 0, deleted: 0 })
  })
}

async function addLogin(stores: Stores, expiresAt: number, shard: string): Promise<RowAddress> {
  const at = loginAddress(expiresAt, shard)
  await stores.logins.create(at, loginRow({ expiresAt }))
  return at
}

async function addSession(
  stores: Stores,
  expiresAt: number,
  shard: string,
  hashes: { sidHash: string; userHash: string } = { sidHash: testHash(), userHash: testHash() },
): Promise<RowAddress> {
  const at = sessionAddress(expiresAt, shard)
  await stores.sessions.create(at, sessionRow({ expiresAt, ...hashes }))
  return at
}
