import { expect, test } from 'vitest'
import { indexRow, noon, sessionAddress, testHash } from '../support/store-rows.ts'
import type { OpenStores } from './store-contract.ts'

const absoluteEnd = noon + 12 * 3600

export function describeIndex(open: OpenStores): void {
  test('a look-up finds the sessions of a user in both accounts, and no other', async () => {
    const { index } = await open()
    const [user, other] = [testHash(), testHash()]
    const rows = [
      indexRow(user, sessionAddress(absoluteEnd, '03'), { sealed: 'v1.user-agent' }),
      indexRow(user, sessionAddress(absoluteEnd, '1a')),
    ]
    await index.put([...rows, indexRow(other, sessionAddress(absoluteEnd, '03'))])

    const found = await index.find([user])

    expect(found).toHaveLength(2)
    expect(found).toEqual(expect.arrayContaining(rows))
  })

  test('a look-up by several hashes finds each row once, expired ones too', async () => {
    const { index } = await open()
    const [first, second] = [testHash(), testHash()]
    const rows = [
      indexRow(first, sessionAddress(absoluteEnd)),
      indexRow(second, sessionAddress(absoluteEnd), { expiresAt: 1 }),
    ]
    await index.put(rows)

    const found = await index.find([first, second, first, testHash()])

    expect(found).toHaveLength(2)
    expect(found).toEqual(expect.arrayContaining(rows))
    expect(await index.find([])).toEqual([])
  })

  test('writing a row again replaces it', async () => {
    const { index } = await open()
    const [user, session] = [testHash(), sessionAddress(absoluteEnd)]
    await index.put([indexRow(user, session, { sealed: 'old' })])

    await index.put([indexRow(user, session, { sealed: 'new' })])

    expect(await index.find([user])).toEqual([indexRow(user, session, { sealed: 'new' })])
  })

  test('removed rows are gone, and removing them again is no fault', async () => {
    const { index } = await open()
    const [user, kept, gone] = [
      testHash(),
      sessionAddress(absoluteEnd),
      sessionAddress(absoluteEnd),
    ]
    await index.put([indexRow(user, kept), indexRow(user, gone)])

    await index.remove([{ hash: user, session: gone }])
    await index.remove([{ hash: user, session: gone }])

    expect(await index.find([user])).toEqual([indexRow(user, kept)])
  })

  test.each(["x' or RowKey ne '", 'a|b', '', '~'])(
    'K-01: nothing is found under %j',
    async (hash) => {
      const { index } = await open()
      await index.put([indexRow(testHash(), sessionAddress(absoluteEnd))])

      expect(await index.find([hash])).toEqual([])
    },
  )
}
