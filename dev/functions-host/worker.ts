import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { forkChild } from './fork-child.ts'
import { projectRoot } from './project-root.ts'
import type {
  FunctionMetadata,
  HostMessage,
  InvocationRequest,
  InvocationResult,
  WorkerMessage,
} from './rpc.ts'

export type WorkerLog = Extract<WorkerMessage, { type: 'log' }>

export interface WorkerOptions {
  readonly appDirectory: string
  readonly env: Readonly<Record<string, string>>
  readonly clockOffsetMs: number
  readonly onLog: (line: WorkerLog) => void
  /** The process ended though nobody had asked it to. */
  readonly onCrash: () => void
}

export interface Worker {
  readonly functions: readonly FunctionMetadata[]
  /** Rejects where the process ends before it answers. */
  invoke(request: InvocationRequest): Promise<InvocationResult>
  moveClock(offsetMs: number): Promise<void>
  /** Waits for calls in flight, runs appTerminate hooks and ends the process. */
  stop(): Promise<void>
  kill(): void
}

const graceMs = 5_000

/**
 * Starts the process that runs the app. Where the app cannot be loaded, it has no functions and says
 * why in its log. Rejects where the app asks for what the local host refuses (HTTP streaming).
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { appDirectory, clockOffsetMs } = options
  const child = forkWorker(options.env)
  const pending = new Map<string, (result: InvocationResult) => void>()
  const clockWaiters: (() => void)[] = []
  let ending = false
  let started: (functions: readonly FunctionMetadata[]) => void = () => undefined
  let refused: (error: Error) => void = () => undefined
  const functions = new Promise<readonly FunctionMetadata[]>((resolve, reject) => {
    started = resolve
    refused = reject
  })
  const send = (message: HostMessage): void => {
    if (child.connected) child.send(message)
  }

  child.on('message', (message: WorkerMessage) => {
    switch (message.type) {
      case 'listening':
        return send({ type: 'start', appDirectory, clockOffsetMs })
      case 'started':
        return started(message.functions)
      case 'refused':
        ending = true
        child.kill('SIGKILL')
        return refused(new Error(message.reason))
      case 'clockMoved':
        return clockWaiters.shift()?.()
      case 'result':
        pending.get(message.result.invocationId)?.(message.result)
        return
      case 'log':
        return options.onLog(message)
    }
  })
  forwardConsole(child, options.onLog)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const waiter of clockWaiters.splice(0)) waiter()
      for (const [invocationId, settle] of pending) {
        settle({ invocationId, error: 'The worker ended before it answered.' })
      }
      if (!ending) {
        const message = `Language worker process ended with ${signal ?? `exit code ${code}`}.`
        options.onLog({ type: 'log', level: 'error', category: 'system', message })
        options.onCrash()
      }
      started([])
      resolve()
    })
  })

  return {
    functions: await functions,
    invoke: (request) =>
      new Promise((resolve) => {
        pending.set(request.invocationId, (result) => {
          pending.delete(request.invocationId)
          resolve(result)
        })
        if (child.connected) child.send({ type: 'invoke', request } satisfies HostMessage)
        else pending.get(request.invocationId)?.({ ...request, error: 'The worker has ended.' })
      }),
    moveClock: (offsetMs) =>
      new Promise((resolve) => {
        if (!child.connected) return resolve()
        clockWaiters.push(resolve)
        send({ type: 'clock', offsetMs })
      }),
    stop: async () => {
      await until(() => pending.size === 0 || child.exitCode !== null)
      ending = true
      send({ type: 'stop' })
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
    kill: () => {
      ending = true
      child.kill('SIGKILL')
    },
  }
}

function forkWorker(env: Readonly<Record<string, string>>): ChildProcess {
  const script = join(projectRoot(), '.cache/dev/functions-host.mjs')
  if (!existsSync(script)) {
    throw new Error(`${script} does not exist yet: run \`npm run build -- --dev\` first`)
  }
  return forkChild(script, {
    env: { ...necessities(), ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

/** What a process needs on any machine; nothing else of the parent's environment is passed on. */
function necessities(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'TZ']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function forwardConsole(child: ChildProcess, onLog: WorkerOptions['onLog']): void {
  const forward = (stream: Readable | null): void => {
    if (stream === null) return
    createInterface({ input: stream }).on('line', (message) =>
      onLog({ type: 'log', level: 'information', category: 'user', message }),
    )
  }
  forward(child.stdout)
  forward(child.stderr)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}
