import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Engine, EnginePage } from './engine.ts'

const driver = '/usr/bin/WebKitWebDriver'
const display = '/usr/bin/xvfb-run'
const miniBrowsers = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (machine) => `/usr/lib/${machine}/webkit2gtk-4.1/MiniBrowser`,
)
const find = (): string | undefined =>
  existsSync(driver) && existsSync(display)
    ? miniBrowsers.find((path) => existsSync(path))
    : undefined

/** WebKitGTK's MiniBrowser by W3C WebDriver, under a display of its own. */
export const webkit: Engine = {
  name: 'WebKit',
  missing: () =>
    find() === undefined
      ? 'no WebKit found; install it (Debian: apt-get install webkit2gtk-driver xvfb xauth)'
      : undefined,
  launch: async () => {
    const port = await freePort()
    const screen = ['-a', '-s', '-screen 0 1280x900x24 -nolisten tcp']
    // A group of its own: display, driver and browser end together.
    const child = spawn(display, [...screen, driver, `--port=${port}`], {
      stdio: 'ignore',
      detached: true,
    })
    try {
      return await openSession(`http://127.0.0.1:${port}`, child)
    } catch (error) {
      endGroup(child)
      throw error
    }
  },
}

async function openSession(origin: string, child: ChildProcess) {
  await answering(origin)
  const browser = { binary: find(), args: ['--automation'] }
  const { sessionId } = await command<{ sessionId: string }>('POST', `${origin}/session`, {
    capabilities: {
      alwaysMatch: {
        acceptInsecureCerts: true,
        // With another one every command after `back` hangs.
        pageLoadStrategy: 'none',
        'webkitgtk:browserOptions': browser,
      },
    },
  })
  const session = `${origin}/session/${sessionId}`
  return {
    newPage: async () => {
      const { handle } = await command<{ handle: string }>('POST', `${session}/window/new`, {
        type: 'tab',
      })
      return pageOf(session, handle)
    },
    close: async () => {
      await command('DELETE', session).catch(() => undefined)
      endGroup(child)
    },
  }
}

function pageOf(session: string, handle: string): EnginePage {
  const inTab = async (method: string, path: string, body: object = {}): Promise<unknown> => {
    await command('POST', `${session}/window`, { handle })
    return command(method, `${session}/${path}`, body)
  }
  return {
    goto: async (url) => void (await inTab('POST', 'url', { url })),
    back: async () => void (await inTab('POST', 'back')),
    reload: async () => void (await inTab('POST', 'refresh')),
    evaluate: (expression) =>
      inTab('POST', 'execute/sync', { script: `return (${expression})`, args: [] }).catch(
        () => undefined,
      ),
  }
}

/** Sends a command; one that hangs is an error. */
async function command<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(20_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { value } = (await response.json()) as { value: T & { error?: string; message?: string } }
  if (!response.ok) throw new Error(`WebKit: ${value.error}: ${value.message}`)
  return value
}

async function answering(origin: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (
      await fetch(`${origin}/status`).then(
        () => true,
        () => false,
      )
    )
      return
    await delay(100)
  }
  throw new Error('WebKitWebDriver does not answer')
}

function endGroup(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
