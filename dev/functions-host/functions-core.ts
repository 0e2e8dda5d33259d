import Module from 'node:module'
import type { Binding, FunctionMetadata, LogCategory, LogLevel } from './rpc.ts'

type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log'
export type HookContext = Record<string, unknown>
type Hook = (context: HookContext) => unknown
export type FunctionCallback = (...args: unknown[]) => unknown

const hookNames: readonly string[] = [
  'appStart',
  'appTerminate',
  'preInvocation',
  'postInvocation',
  'log',
]

/** One call of a function, as the programming model sees it. */
export interface CoreInvocationContext {
  readonly invocationId: string
  readonly metadata: FunctionMetadata
  readonly request: unknown
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined
  log(level: LogLevel, category: LogCategory, message: string): void
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: unknown }>
}

/** What a library such as `@azure/functions` hands to the worker. */
export interface ProgrammingModel {
  readonly name: string
  readonly version: string
  getCapabilities?(defaults: Record<string, string>): Promise<Record<string, string>>
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>
}

interface RegisteredFunction {
  readonly metadata: FunctionMetadata
  readonly callback: FunctionCallback
}

export interface FunctionsCore {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  readonly programmingModel: () => ProgrammingModel | undefined
  /** From here on the app can register neither functions nor change its set-up. */
  readonly lock: () => void
  readonly runHooks: (name: HookName, context: HookContext) => Promise<void>
  /** The module that the app gets for `@azure/functions-core`. */
  readonly module: object
}

class Disposable {
  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose()
    })
  }

  #onDispose: (() => unknown) | undefined

  constructor(onDispose: () => unknown) {
    this.#onDispose = onDispose
  }

  dispose(): unknown {
    const onDispose = this.#onDispose
    this.#onDispose = undefined
    return onDispose?.()
  }
}

/** Creates the worker's side of the interface between `@azure/functions` and its worker (3.9). */
export function createFunctionsCore(
  log: (level: LogLevel, category: LogCategory, message: string) => void,
): FunctionsCore {
  const hooks = createHooks()
  const registry = createRegistry()
  let model: ProgrammingModel | undefined
  return {
    functions: registry.functions,
    programmingModel: () => model,
    lock: registry.lock,
    runHooks: hooks.run,
    module: {
      version: '3.9.0',
      hostVersion: '4.1037.0',
      Disposable,
      registerHook: hooks.register,
      registerFunction: registry.register,
      setProgrammingModel: (value: ProgrammingModel) => {
        model = value
      },
      getProgrammingModel: () => model,
      log,
    },
  }
}

function createHooks() {
  const hooks = new Map<string, Set<Hook>>(hookNames.map((name) => [name, new Set()]))
  return {
    register: (name: string, hook: Hook): Disposable => {
      const registered = hooks.get(name)
      if (registered === undefined) {
        throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {
          isAzureFunctionsSystemError: true,
        })
      }
      registered.add(hook)
      return new Disposable(() => registered.delete(hook))
    },
    run: async (name: HookName, context: HookContext): Promise<void> => {
      for (const hook of hooks.get(name) ?? []) await hook(context)
    },
  }
}

function createRegistry() {
  const functions = new Map<string, RegisteredFunction>()
  let locked = false
  return {
    functions,
    lock: (): void => {
      locked = true
    },
    register: (
      meta: { name: string; functionId?: string; bindings: Record<string, Binding> },
      callback: FunctionCallback,
    ): Disposable => {
      if (locked) throw new Error('A function can only be registered during app startup.')
      const functionId = meta.functionId ?? meta.name
      if (functions.has(functionId)) {
        throw new Error(`A function with id "${functionId}" has already been registered.`)
      }
      functions.set(functionId, { metadata: { ...meta, functionId }, callback })
      return new Disposable(() => {
        if (locked) throw new Error('A function can only be disposed during app startup.')
        functions.delete(functionId)
      })
    },
  }
}

/** Makes `require('@azure/functions-core')` answer with `core`, in CommonJS, ESM and bundled apps. */
export function provideFunctionsCore(core: FunctionsCore): void {
  const prototype = Module.prototype as unknown as { require: (id: string) => unknown }
  const original = prototype.require
  prototype.require = function require(this: unknown, id: string): unknown {
    return id === '@azure/functions-core' ? core.module : original.call(this, id)
  }
}
