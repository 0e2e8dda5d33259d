import { expect, test } from 'vitest'
import { loginAddress, loginRow, noon, testHash } from '../support/store-rows.ts'
import type { OpenStores } from './store-contract.ts'

export function describeLogins(open: OpenStores): void {
  test('a login is read as it was written', async () => {
    const { logins } = await open()
    const at = loginAddress(noon + 600)
    const row = loginRow({ sealed: 'größer ≥ ☃ 😀', usedAt: noon * 1000 + 123 })

    await logins.create(at, row)
    const read = await logins.read(at)

    expect(read?.row).toEqual(row)
    expect(read?.version).not.toBe('')
  })

  test('a login that nobody started is missing', async () => {
    const { logins } = await open()

    expect(await logins.read(loginAddress(noon))).toBeUndefined()
    expect(await logins.update(loginAddress(noon), 'W/"1"', { usedBy: 'a' })).toBe('missing')
  })

  test('a login that is there already is our own and stays as it is', async () => {
    const { logins } = await open()
    const at = loginAddress(noon + 600)
    await logins.create(at, loginRow())

    await logins.create(at, loginRow({ sealed: 'another' }))

    expect((await logins.read(at))?.row).toEqual(loginRow())
  })

  test('K-02: spending a login names the version that was read and changes nothing else', async () => {
    const { logins } = await open()
    const at = loginAddress(noon + 600)
    await logins.create(at, loginRow())
    const read = await logins.read(at)

    const spent = await logins.update(at, read?.version ?? '', {
      usedBy: 'attempt-1',
      usedAt: noon * 1000,
      sealed: '',
    })
    const again = await logins.update(at, read?.version ?? '', { usedBy: 'attempt-2' })

    expect(spent).toEqual({ version: expect.any(String) })
    expect(again).toBe('conflict')
    const after = await logins.read(at)
    expect(after?.row).toEqual(loginRow({ usedBy: 'attempt-1', usedAt: noon * 1000, sealed: '' }))
    expect(spent).toEqual({ version: after?.version })
  })

  test('B-10: of 50 callbacks at once exactly one spends a login', async () => {
    const { logins } = await open()
    const at = loginAddress(noon + 600)
    await logins.create(at, loginRow())
    const version = (await logins.read(at))?.version ?? ''

    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => logins.update(at, version, { usedBy: `attempt-${i}` })),
    )

    expect(results.filter((result) => typeof result === 'object')).toHaveLength(1)
    expect(results.filter((result) => result === 'conflict')).toHaveLength(49)
  })

  test.each([
    "nope' or PartitionKey eq 'o",
    'a/b',
    'a\\b',
    'a#b',
    'a?b',
    'a%2fb',
    'a\u0000b',
    '',
    '../sessions',
    '😀',
  ])('K-01: the hash %j is nobody’s and gets into no key', async (hash) => {
    const { logins } = await open()
    const at = { ...loginAddress(noon), hash }

    expect(await logins.read(at)).toBeUndefined()
    expect(await logins.update(at, 'W/"1"', { usedBy: 'a' })).toBe('missing')
    await expect(logins.create(at, loginRow())).rejects.toMatchObject({ code: 'server_error' })
  })

  test.each([
    ['shard', "00' or '1' eq '1"],
    ['shard', '2f'],
    ['shard', '0G'],
    ['bucket', "1' or RowKey ne '"],
    ['bucket', ''],
  ])('K-01: the %s %j reads as missing', async (part, text) => {
    const { logins } = await open()
    const at = { ...loginAddress(noon), hash: testHash(), [part]: text }

    expect(await logins.read(at)).toBeUndefined()
  })
}
