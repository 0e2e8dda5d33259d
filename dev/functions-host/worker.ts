import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { forkChild } from './fork-child.ts'
import { createPendingInvocations, type PendingInvocations } from './pending-invocations.ts'
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
  /** What the app threw as it was loaded, with its stack. */
  readonly loadError: string | undefined
  /** Rejects where the process ends before it answers. */
  invoke(request: InvocationRequest): Promise<InvocationResult>
  moveClock(offsetMs: number): Promise<void>
  /** Waits for calls in flight, runs appTerminate hooks and ends the process. */
  stop(): Promise<void>
  kill(): void
}

const graceMs = 5_000

interface Process {
  readonly child: ChildProcess
  readonly options: WorkerOptions
  readonly pending: PendingInvocations
  readonly clockWaiters: (() => void)[]
  /** Its end was asked for. */
  ending: boolean
}

/**
 * Starts the process that runs the app. Where the app cannot be loaded, it has no functions and says
 * why in its log. Rejects where the app asks for what the local host refuses (HTTP streaming).
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const worker: Process = {
    child: forkWorker(options.env),
    options,
    pending: createPendingInvocations(),
    clockWaiters: [],
    ending: false,
  }
  forwardConsole(worker.child, options.onLog)
  const exited = followExit(worker)
  const { functions, loadError } = await Promise.race([
    startedFunctions(worker),
    exited.then((): Started => ({ functions: [], loadError: undefined })),
  ])
  const { child, pending, clockWaiters } = worker
  return {
    functions,
    loadError,
    invoke: (request) => {
      const result = pending.wait(request.invocationId)
      if (child.connected) send(worker, { type: 'invoke', request })
      else pending.settle({ invocationId: request.invocationId, error: 'The worker has ended.' })
      return result
    },
    moveClock: (offsetMs) =>
      new Promise((resolve) => {
        if (!child.connected) return resolve()
        clockWaiters.push(resolve)
        return send(worker, { type: 'clock', offsetMs })
      }),
    stop: async () => {
      await pending.idle()
      worker.ending = true
      send(worker, { type: 'stop' })
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
    kill: () => {
      worker.ending = true
      child.kill('SIGKILL')
    },
  }
}

function send({ child }: Process, message: HostMessage): void {
  if (child.connected) child.send(message)
}

type Started = Pick<Worker, 'functions' | 'loadError'>

/** Listens to the worker; resolves with its functions once it has loaded the app. */
function startedFunctions(worker: Process): Promise<Started> {
  const { child, options, pending, clockWaiters } = worker
  const { appDirectory, clockOffsetMs } = options
  return new Promise((resolve, reject) => {
    child.on('message', (message: WorkerMessage) => {
      switch (message.type) {
        case 'listening':
          return send(worker, { type: 'start', appDirectory, clockOffsetMs })
        case 'started':
          return resolve({ functions: message.functions, loadError: message.loadError })
        case 'refused':
          worker.ending = true
          child.kill('SIGKILL')
          return reject(new Error(message.reason))
        case 'clockMoved':
          return clockWaiters.shift()?.()
        case 'result':
          return pending.settle(message.result)
        case 'log':
          return options.onLog(message)
      }
    })
  })
}

/** Resolves when the process has ended, after every call in flight has failed with it. */
function followExit(worker: Process): Promise<void> {
  const { child, options, pending, clockWaiters } = worker
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      for (const waiter of clockWaiters.splice(0)) waiter()
      pending.failAll('The worker ended before it answered.')
      if (!worker.ending) {
        const message = `Language worker process ended with ${signal ?? `exit code ${code}`}.`
        options.onLog({ type: 'log', level: 'error', category: 'system', message })
        options.onCrash()
      }
      resolve()
    })
  })
}

function forkWorker(env: Readonly<Record<string, string>>): ChildProcess {
  const script = join(projectRoot(), '.cache/dev/functions-host.mjs')
  if (!existsSync(script)) {
    throw new Error(`${script} does not exist yet: run \`npm run build -- --dev\` first`)
  }
  return forkChild(script, {
    env: { ...necessities(), ...env },
    execArgv: ['--enable-source-maps'],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

/** What a process needs on any machine; nothing else of the parent's environment is passed on. */
function necessities(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'TZ']
  // VS Code attaches to children through these two.
  const debugging = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS']
  if (process.env['VSCODE_INSPECTOR_OPTIONS'] !== undefined) names.push(...debugging)
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
