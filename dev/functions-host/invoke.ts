import type { CoreInvocationContext, FunctionsCore, HookContext } from './functions-core.ts'
import type {
  InvocationRequest,
  InvocationResult,
  LogCategory,
  LogLevel,
  TypedData,
} from './rpc.ts'

export type InvocationLog = (
  level: LogLevel,
  category: LogCategory,
  message: string,
  invocation?: { functionName: string; invocationId: string },
) => void

/**
 * Runs one invocation the way the Node.js worker does: arguments, preInvocation hooks, the function,
 * postInvocation hooks, conversion of the result. Never throws: a failure is the result's `error`.
 */
export async function invoke(
  core: FunctionsCore,
  appHookData: object,
  request: InvocationRequest,
  log: InvocationLog,
): Promise<InvocationResult> {
  const { invocationId } = request
  try {
    return {
      invocationId,
      returnValue: await run(core, appHookData, request, log),
    }
  } catch (error) {
    return { invocationId, error: describe(error) }
  }
}

async function run(
  core: FunctionsCore,
  appHookData: object,
  request: InvocationRequest,
  log: InvocationLog,
): Promise<TypedData | null | undefined> {
  const registered = core.functions.get(request.functionId)
  const programmingModel = core.programmingModel()
  if (registered === undefined || programmingModel === undefined) {
    throw new Error(`Function code for "${request.functionId}" was not found.`)
  }
  const { metadata, callback } = registered
  const invocation = { functionName: metadata.name, invocationId: request.invocationId }
  const coreContext: CoreInvocationContext = {
    invocationId: request.invocationId,
    metadata,
    request,
    state: undefined,
    log: (level, category, message) => log(level, category, message, invocation),
  }
  const model = await programmingModel.getInvocationModel(coreContext)
  const { context, inputs } = await model.getArguments()
  const shared = { hookData: {}, appHookData, invocationContext: context }

  coreContext.state = 'preInvocationHooks'
  const before: HookContext = { ...shared, inputs, functionCallback: callback }
  await core.runHooks('preInvocation', before)

  coreContext.state = 'invocation'
  const after: HookContext = { ...shared, inputs: before['inputs'], result: null, error: null }
  try {
    after['result'] = await model.invokeFunction(
      context,
      before['inputs'] as unknown[],
      before['functionCallback'] as typeof callback,
    )
  } catch (error) {
    after['error'] = error
  }

  coreContext.state = 'postInvocationHooks'
  await core.runHooks('postInvocation', after)
  coreContext.state = undefined

  if (after['error'] !== null && after['error'] !== undefined) throw after['error']
  const response = await model.getResponse(context, after['result'])
  return response.returnValue as TypedData | null | undefined
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
