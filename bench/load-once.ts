/**
 * Loads the app in the folder named by its argument as the worker does, and prints for how many
 * milliseconds this process has run by then, and how many of them the loading took.
 */
import { createFunctionsCore, provideFunctionsCore } from '../dev/functions-host/functions-core.ts'
import { loadApp } from '../dev/functions-host/load-app.ts'

provideFunctionsCore(createFunctionsCore(() => undefined))
const before = performance.now()
await loadApp(process.argv[2] ?? '')
const loaded = performance.now()
process.stdout.write(JSON.stringify({ loaded, loading: loaded - before }), () => process.exit(0))
