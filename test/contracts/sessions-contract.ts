import { expect, test } from 'vitest'
import { noon, sessionAddress, sessionRow } from '../support/store-rows.ts'
import type { OpenStores } from './store-contract.ts'

const absoluteEnd = noon + 12 * 3600

export function describeSessions(open: OpenStores): void {
  test('a session is read as it was written, in either account', async () => {
    const { sessions } = await open()
    const row = sessionRow({
      leaseUntil: noon * 1000 + 30_123,
      sealed: { session: 'größer ☃ 😀', 'api-my-graph': 'v1.tokens', 'api-2': 'v1.more' },
    })

    for (const shard of ['07', '1f']) {
      const at = sessionAddress(absoluteEnd, shard)
      expect(await sessions.create(at, row)).toBe(true)
      expect((await sessions.read(at))?.row).toEqual(row)
    }
  })

  test('K-06: a second insert changes nothing and says so', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    await sessions.create(at, sessionRow())

    expect(await sessions.create(at, sessionRow({ generation: 9 }))).toBe(false)
    expect((await sessions.read(at))?.row.generation).toBe(1)
  })

  test('K-06: of 50 inserts at once exactly one is the first', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)

    const results = await Promise.all(
      Array.from({ length: 50 }, () => sessions.create(at, sessionRow())),
    )

    expect(results.filter(Boolean)).toHaveLength(1)
  })

  test('an update changes the named columns and sealed entries alone', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    const row = sessionRow({ sealed: { session: 'one', 'api-graph': 'two' } })
    await sessions.create(at, row)
    const read = await sessions.read(at)

    const result = await sessions.update(at, read?.version ?? '', {
      idleExpiresAt: noon + 7200,
      sealed: { 'api-graph': 'three', 'api-crm': 'four' },
    })

    const after = await sessions.read(at)
    expect(result).toEqual({ version: after?.version })
    expect(after?.row).toEqual({
      ...row,
      idleExpiresAt: noon + 7200,
      sealed: { session: 'one', 'api-graph': 'three', 'api-crm': 'four' },
    })
  })

  test('an emptied sealed entry counts as absent', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    await sessions.create(at, sessionRow({ sealed: { session: 'one', 'api-graph': 'two', x: '' } }))
    const read = await sessions.read(at)

    await sessions.update(at, read?.version ?? '', { sealed: { 'api-graph': '' } })

    expect(read?.row.sealed).toEqual({ session: 'one', 'api-graph': 'two' })
    expect((await sessions.read(at))?.row.sealed).toEqual({ session: 'one' })
  })

  test('K-03: a delete that names a version leaves a session alone that has changed since', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    await sessions.create(at, sessionRow())
    const version = (await sessions.read(at))?.version ?? ''
    await sessions.update(at, version, { generation: 2 })

    expect(await sessions.delete(at, version)).toBe(false)
    const renewed = await sessions.read(at)
    expect(renewed?.row.generation).toBe(2)
    expect(await sessions.delete(at, renewed?.version)).toBe(true)
  })

  test('an update of an older version is a conflict, of a deleted session missing', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    await sessions.create(at, sessionRow())
    const version = (await sessions.read(at))?.version ?? ''
    await sessions.update(at, version, { generation: 2 })

    expect(await sessions.update(at, version, { generation: 3 })).toBe('conflict')
    expect(await sessions.delete(at)).toBe(true)
    expect(await sessions.update(at, version, { generation: 4 })).toBe('missing')
    expect(await sessions.read(at)).toBeUndefined()
    expect(await sessions.delete(at)).toBe(false)
  })

  test('of 50 leases at once exactly one is granted', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    await sessions.create(at, sessionRow())
    const version = (await sessions.read(at))?.version ?? ''

    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => sessions.update(at, version, { leaseId: `lease-${i}` })),
    )

    expect(results.filter((result) => typeof result === 'object')).toHaveLength(1)
  })

  test.each([20, 60, 200])('K-07: %i KB of sealed tokens come back whole', async (kilobytes) => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    const sealed = { session: 'x'.repeat(kilobytes * 1024), 'api-graph': 'y'.repeat(32_000) }

    await sessions.create(at, sessionRow({ sealed }))

    expect((await sessions.read(at))?.row.sealed).toEqual(sealed)
  })

  test('a shorter sealed entry hides what the longer one left', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    await sessions.create(at, sessionRow({ sealed: { session: 'x'.repeat(100_000) } }))
    const version = (await sessions.read(at))?.version ?? ''

    await sessions.update(at, version, { sealed: { session: 'short' } })

    expect((await sessions.read(at))?.row.sealed).toEqual({ session: 'short' })
  })

  test('K-07: more than a row can hold is a clean login_failed', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd)
    const sealed = { session: 'x'.repeat(600_000) }
    const refused = {
      code: 'login_failed',
      details: { loginFailure: 'session_too_large' },
    }

    await expect(sessions.create(at, sessionRow({ sealed }))).rejects.toMatchObject(refused)
    await sessions.create(at, sessionRow())
    const version = (await sessions.read(at))?.version ?? ''
    await expect(sessions.update(at, version, { sealed })).rejects.toMatchObject(refused)
  })

  test('a shard of an account beyond the list reads as missing', async () => {
    const { sessions } = await open()
    const at = sessionAddress(absoluteEnd, '20')

    expect(await sessions.read(at)).toBeUndefined()
    expect(await sessions.update(at, 'W/"1"', { generation: 2 })).toBe('missing')
    expect(await sessions.delete(at)).toBe(false)
    await expect(sessions.create(at, sessionRow())).rejects.toMatchObject({ code: 'server_error' })
  })

  test('many are deleted at once, in either account, and those that were there are told', async () => {
    const { sessions } = await open()
    const there = ['07', '07', '0a', '1f'].map((shard) => sessionAddress(absoluteEnd, shard))
    const [kept, gone] = [sessionAddress(absoluteEnd, '07'), sessionAddress(absoluteEnd, '07')]
    for (const at of [...there, kept]) await sessions.create(at, sessionRow())
    const foreign = { shard: 'zz', bucket: '1', hash: "x' or" }

    const { deleted, fault } = await sessions.deleteAll([...there, gone, foreign])

    expect(fault).toBeUndefined()
    expect(deleted).toHaveLength(4)
    expect(deleted).toEqual(expect.arrayContaining(there))
    for (const at of there) expect(await sessions.read(at)).toBeUndefined()
    expect(await sessions.read(kept)).toBeDefined()
    expect(await sessions.deleteAll([])).toEqual({ deleted: [], fault: undefined })
  })
}
