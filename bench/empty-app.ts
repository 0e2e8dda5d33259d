/** The least that an app on Azure Functions can be: what a cold start is measured against. */
import { app } from '@azure/functions'

app.http('empty', { authLevel: 'anonymous', handler: async () => ({ status: 204 }) })
