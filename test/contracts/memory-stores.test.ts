import { createMemoryStores } from '../support/memory-stores.ts'
import { describeStores } from './store-contract.ts'

describeStores('memory', () => createMemoryStores({ accounts: 2 }))
