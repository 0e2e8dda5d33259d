/** The values that cross between host and worker, named as in the Functions gRPC contract. */

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none'

export type LogCategory = 'user' | 'system' | 'customMetric'

interface Nullable<T> {
  readonly value?: T | undefined
}

export interface HttpCookie {
  readonly name: string
  readonly value: string
  readonly domain?: Nullable<string> | undefined
  readonly path?: Nullable<string> | undefined
  readonly expires?: Nullable<{ readonly seconds: number }> | undefined
  readonly secure?: Nullable<boolean> | undefined
  readonly httpOnly?: Nullable<boolean> | undefined
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone' | undefined
  readonly maxAge?: Nullable<number> | undefined
}

export interface HttpRequestData {
  readonly method: string
  readonly url: string
  readonly nullableHeaders: Record<string, { value: string }>
  readonly nullableQuery: Record<string, { value: string }>
  readonly nullableParams: Record<string, { value: string }>
  readonly body?: { readonly bytes: Uint8Array }
}

export interface HttpResponseData {
  readonly statusCode?: string
  readonly headers?: Record<string, string>
  readonly cookies?: readonly HttpCookie[]
  readonly enableContentNegotiation?: boolean
  readonly body?: TypedData | null
}

export interface TypedData {
  readonly string?: string
  readonly json?: string
  readonly bytes?: Uint8Array
  readonly int?: number
  readonly double?: number
  readonly http?: HttpRequestData | HttpResponseData
}

export interface Binding {
  readonly type: string
  readonly direction: 'in' | 'out' | 'inout'
  readonly name?: string
  readonly route?: string
  readonly methods?: readonly string[]
  readonly authLevel?: string
  readonly schedule?: string
}

export interface FunctionMetadata {
  readonly name: string
  readonly functionId: string
  readonly bindings: Readonly<Record<string, Binding>>
}

export interface TraceContext {
  readonly traceParent: string
  readonly traceState: string
  readonly attributes: Record<string, string>
}

export interface InvocationRequest {
  readonly invocationId: string
  readonly functionId: string
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[]
  readonly triggerMetadata: Readonly<Record<string, TypedData>>
  readonly traceContext: TraceContext
}

/** What the host tells its worker over IPC. */
export type HostMessage =
  | { readonly type: 'start'; readonly appDirectory: string; readonly clockOffsetMs: number }
  | { readonly type: 'invoke'; readonly request: InvocationRequest }
  | { readonly type: 'clock'; readonly offsetMs: number }
  | { readonly type: 'stop' }

export interface InvocationResult {
  readonly invocationId: string
  readonly returnValue?: TypedData | null | undefined
  /** Present where the function, a hook or the conversion of its result failed. */
  readonly error?: string
}

/** What the worker tells its host over IPC. */
export type WorkerMessage =
  | { readonly type: 'listening' }
  | {
      readonly type: 'started'
      readonly functions: readonly FunctionMetadata[]
      /** What the app threw as it was loaded. */
      readonly loadError?: string
    }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'clockMoved' }
  | { readonly type: 'result'; readonly result: InvocationResult }
  | {
      readonly type: 'log'
      readonly level: LogLevel
      readonly category: LogCategory
      readonly message: string
      readonly functionName?: string | undefined
      readonly invocationId?: string | undefined
    }
