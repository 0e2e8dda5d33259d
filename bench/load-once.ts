/**
 * Loads the app in the folder named by the first argument as the worker does, and prints for how many
 * milliseconds this process has run by then, and how many of them the loading took. With a request
 * (JSON of {@link ColdRequest}) as the second argument it answers that too, as a cold instance does.
 */
import { createFunctionsCore, provideFunctionsCore } from '../dev/functions-host/functions-core.ts'
import { invoke } from '../dev/functions-host/invoke.ts'
import { loadApp } from '../dev/functions-host/load-app.ts'
import type { HttpResponseData, InvocationRequest } from '../dev/functions-host/rpc.ts'
import type { ColdRequest } from './cold-start.ts'

const [directory = '', requestText] = process.argv.slice(2)
const core = createFunctionsCore(() => undefined)
provideFunctionsCore(core)
const before = performance.now()
await loadApp(directory)
const loaded = performance.now()
const loading = loaded - before
const result =
  requestText === undefined
    ? { loaded, loading }
    : { loaded, loading, ...(await answer(JSON.parse(requestText) as ColdRequest)) }
process.stdout.write(JSON.stringify(result), () => process.exit(0))

async function answer(request: ColdRequest): Promise<{ answering: number; status: string }> {
  const startedAt = performance.now()
  const { returnValue, error } = await invoke(core, {}, invocationOf(request), () => undefined)
  const answering = performance.now() - startedAt
  const http: HttpResponseData | undefined = returnValue?.http
  return { answering, status: error ?? http?.statusCode ?? '' }
}

function invocationOf({ name, url, headers }: ColdRequest): InvocationRequest {
  const nullable = (values: Iterable<[string, string]>) =>
    Object.fromEntries([...values].map(([key, value]) => [key, { value }]))
  const metadata = core.functions.get(name)?.metadata
  const bindings = Object.entries(metadata?.bindings ?? {})
  const [inputName = ''] = bindings.find(([, { direction }]) => direction === 'in') ?? []
  const http = {
    method: 'GET',
    url,
    nullableHeaders: nullable(Object.entries(headers)),
    nullableQuery: nullable(new URL(url).searchParams),
    nullableParams: {},
  }
  return {
    invocationId: 'cold',
    functionId: name,
    inputData: [{ name: inputName, data: { http } }],
    triggerMetadata: {},
    traceContext: { traceParent: '', traceState: '', attributes: {} },
  }
}
