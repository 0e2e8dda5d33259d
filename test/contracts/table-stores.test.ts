import { createTableStores } from '../../src/azure/table-stores.ts'
import { leaseAccounts } from '../support/azurite-accounts.ts'
import { describeStores } from './store-contract.ts'

describeStores('Table Storage', async () => {
  const { connectionStrings } = await leaseAccounts(2)
  return createTableStores(
    connectionStrings.map((value) => ({ kind: 'connection-string', value, acceptsNew: true })),
    {
      now: () => Date.now(),
      tokenCredential: () => Promise.reject(new Error('no token is needed')),
    },
  )
})
