import type { HostResponse } from './response.ts'

/** A line that the host, the worker or the app wrote. */
export interface HostLogLine {
  readonly level: 'debug' | 'information' | 'warning' | 'error'
  readonly message: string
  readonly functionName?: string
  readonly invocationId?: string
}

/** A request and how it was answered. */
export interface HostRequestLine {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly functionName?: string
  /** The same as in the log lines of this call. */
  readonly invocationId?: string
  /** Where the answer redirects to: origin and path only. */
  readonly location?: string
}

/** Why no function answers. */
export interface HostFailure {
  /** The app threw as it was loaded, or its process crashed too often to be started again. */
  readonly kind: 'load' | 'gone'
  /** With the stack, where there is one. */
  readonly reason: string
}

/** What the local host is started with. */
export interface FunctionsHostOptions {
  /** The folder with package.json and host.json, as it would be deployed. */
  readonly appDirectory: string
  /** All of the app's settings: nothing else of this process's environment reaches it. */
  readonly env: Record<string, string>
  /** 0, the default, for a free one. */
  readonly port?: number
  /** Default `localhost`, on IPv4 and IPv6. */
  readonly hostname?: string
  /** Requests that no function takes are passed on to this origin (the demo app). */
  readonly fallbackOrigin?: string
  /** Answers where no function does; absent: as on Azure, bare 404 or no answer at all. */
  readonly failurePage?: (failure: HostFailure) => HostResponse
  /** Runs timer functions by their schedule. */
  readonly timers?: boolean
  /** How far the app's clock runs ahead. */
  readonly clockOffsetMs?: number
  readonly tls?: { readonly key: string; readonly cert: string }
  onLog?(line: HostLogLine): void
  onRequest?(line: HostRequestLine): void
}
