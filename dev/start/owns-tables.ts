import type { Stack } from './stack.ts'

/** What tells where the functions keep their rows. */
export type TablesOfStack = Pick<Stack, 'addresses' | 'tablesEndpoint'>

/** Tells whether the functions use the Azurite of this stack; `TABLES_ENDPOINT` may lead elsewhere. */
export function ownsTables({ addresses, tablesEndpoint }: TablesOfStack): boolean {
  return tablesEndpoint() === addresses.tables
}
