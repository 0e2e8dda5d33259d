import { describe } from 'vitest'
import type { Stores } from '../../src/stores/ports.ts'
import { describeLogins } from './logins-contract.ts'
import { describeIndex } from './index-contract.ts'
import { describeSessions } from './sessions-contract.ts'
import { describeSweeper } from './sweeper-contract.ts'

/** Fresh, empty stores over two accounts. */
export type OpenStores = () => Promise<Stores> | Stores

/** What every implementation of the store ports has to do. */
export function describeStores(name: string, open: OpenStores): void {
  describe(`${name}: logins`, () => describeLogins(open))
  describe(`${name}: sessions`, () => describeSessions(open))
  describe(`${name}: index`, () => describeIndex(open))
  describe(`${name}: sweeper`, () => describeSweeper(open))
}
